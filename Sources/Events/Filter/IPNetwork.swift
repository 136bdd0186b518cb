/// An IPv4 or IPv6 address as 16 bytes, and the family it was written in.
struct IPAddress: Hashable, Sendable {
  let isIPv4: Bool
  /// IPv4 in the upper 32 bits of `high`.
  let high: UInt64
  let low: UInt64

  /// - Parameter text: dotted decimal without leading zeros, or RFC 4291 text; a zone (`%eth0`) is
  ///   ignored. Anything behind or around it, such as a port, is no address.
  init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    var range = bytes[...]
    while let first = range.first, first == 0x20 || first == 0x09 { range.removeFirst() }
    while let last = range.last, last == 0x20 || last == 0x09 || last == 0x0A || last == 0x0D { range.removeLast() }
    if range.contains(0x3A) {
      if let zone = range.firstIndex(of: 0x25) {
        if zone + 1 == range.endIndex { return nil }
        range = range[..<zone]
      }
      guard let groups = Self.groups(range) else { return nil }
      isIPv4 = false
      high = groups[0..<4].reduce(0) { $0 << 16 | UInt64($1) }
      low = groups[4..<8].reduce(0) { $0 << 16 | UInt64($1) }
    } else {
      guard let four = Self.dotted(range) else { return nil }
      isIPv4 = true
      high = UInt64(four) << 32
      low = 0
    }
  }

  private static func dotted(_ bytes: ArraySlice<UInt8>) -> UInt32? {
    let parts = bytes.split(separator: 0x2E, omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.count), part.count == 1 || part.first != 0x30 else { return nil }
      var number: UInt32 = 0
      for byte in part {
        guard byte &- 0x30 < 10 else { return nil }
        number = number * 10 + UInt32(byte - 0x30)
      }
      guard number < 256 else { return nil }
      value = value << 8 | number
    }
    return value
  }

  private static func groups(_ bytes: ArraySlice<UInt8>) -> [UInt16]? {
    var parts = bytes.split(separator: 0x3A, omittingEmptySubsequences: false).map { $0 }
    guard parts.count >= 3 else { return nil }
    var tail: [UInt16] = []
    if let last = parts.last, last.contains(0x2E) {
      guard let four = dotted(last) else { return nil }
      tail = [UInt16(four >> 16), UInt16(four & 0xFFFF)]
      parts.removeLast()
    }
    // `::` shows as one empty part inside, or two at an edge.
    var head: [UInt16] = []
    var behindGap: [UInt16]?
    var index = 0
    if parts[0].isEmpty {
      guard parts.count >= 2, parts[1].isEmpty else { return nil }
      behindGap = []
      index = 2
      if parts.count == 3, parts[2].isEmpty { index = 3 }
    }
    while index < parts.count {
      let part = parts[index]
      if part.isEmpty {
        guard behindGap == nil else { return nil }
        behindGap = []
        if tail.isEmpty, index + 2 == parts.count, parts[index + 1].isEmpty { index += 1 } else if index + 1 == parts.count, tail.isEmpty { return nil }
      } else {
        guard part.count <= 4, let group = UInt16(String(decoding: part, as: UTF8.self), radix: 16), part.first != 0x2B else { return nil }
        if behindGap == nil { head.append(group) } else { behindGap!.append(group) }
      }
      index += 1
    }
    guard let gapped = behindGap else {
      let all = head + tail
      return all.count == 8 ? all : nil
    }
    let back = gapped + tail
    let missing = 8 - head.count - back.count
    guard missing >= 1 else { return nil }
    return head + Array(repeating: 0, count: missing) + back
  }
}

/// A network in CIDR notation; host bits are ignored.
struct IPNetwork: Hashable, Sendable {
  private let base: IPAddress
  let prefixLength: Int

  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = IPAddress(parts[0]) else { return nil }
    let longest = address.isIPv4 ? 32 : 128
    var length = longest
    if parts.count == 2 {
      guard let given = Int(parts[1]), (0...longest).contains(given), parts[1].first != "+" else { return nil }
      length = given
    }
    base = address
    prefixLength = length
  }

  func contains(_ address: IPAddress) -> Bool {
    guard address.isIPv4 == base.isIPv4 else { return false }
    func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : bits >= 64 ? .max : ~(.max >> UInt64(bits)) }
    return (address.high ^ base.high) & mask(prefixLength) == 0
      && (address.low ^ base.low) & mask(prefixLength - 64) == 0
  }
}
