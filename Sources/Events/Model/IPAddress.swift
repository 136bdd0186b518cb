/// An IPv4 or IPv6 address. An IPv4 address inside IPv6 (`::ffff:1.2.3.4`) is the IPv4 address.
public struct IPAddress: Hashable, Sendable {
  /// The 128 bits, IPv4 in the mapped form.
  let high: UInt64
  let low: UInt64

  public var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }

  init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads exactly one address, nothing around it: neither port nor brackets nor zone.
  public init?(_ text: some Sequence<UInt8>) {
    var buffer: [UInt8] = []
    buffer.reserveCapacity(46)
    for byte in text {
      guard buffer.count < 46 else { return nil }
      buffer.append(byte)
    }
    guard buffer.count >= 2 else { return nil }
    if buffer.contains(UInt8(ascii: ":")) {
      guard let words = Self.ipv6(buffer) else { return nil }
      self = words
    } else {
      guard let word = Self.ipv4(buffer[...]) else { return nil }
      self.init(high: 0, low: 0xffff_0000_0000 | UInt64(word))
    }
  }

  public init?(_ text: String) { self.init(text.utf8) }

  /// Reads an address as logs write it: `1.2.3.4:443`, `[2001:db8::1]:443`, `fe80::1%eth0`, `::ffff:1.2.3.4`.
  ///
  /// - Parameter portFollows: the text always ends in a port, so that the last group of
  ///   `2001:db8::1:0` is one (uvicorn writes IPv6 so).
  public init?(logged text: some Collection<UInt8>, portFollows: Bool = false) {
    // Most are written plainly.
    if let word = Self.ipv4(text) {
      self.init(high: 0, low: 0xffff_0000_0000 | UInt64(word))
      return
    }
    var bytes = Array(text.prefix(80))
    while let last = bytes.last, last == 32 || last == UInt8(ascii: ",") { bytes.removeLast() }
    if let start = bytes.firstIndex(where: { $0 != 32 }), start > 0 { bytes.removeFirst(start) }
    if bytes.first == UInt8(ascii: "[") {
      guard let close = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      let rest = bytes[(close + 1)...]
      guard rest.isEmpty || Self.isPort(rest) else { return nil }
      bytes = Array(bytes[1..<close])
    } else if portFollows, let colon = bytes.lastIndex(of: UInt8(ascii: ":")), Self.isPort(bytes[colon...]) {
      bytes.removeSubrange(colon...)
    } else if bytes.contains(UInt8(ascii: ".")), let colon = bytes.lastIndex(of: UInt8(ascii: ":")),
      let dot = bytes.lastIndex(of: UInt8(ascii: ".")), colon > dot
    {
      guard Self.isPort(bytes[colon...]) else { return nil }
      bytes.removeSubrange(colon...)
    }
    if let zone = bytes.firstIndex(of: UInt8(ascii: "%")), bytes.contains(UInt8(ascii: ":")) {
      bytes.removeSubrange(zone...)
    }
    self.init(bytes)
  }

  /// `:` and one to five digits.
  private static func isPort(_ text: ArraySlice<UInt8>) -> Bool {
    text.first == UInt8(ascii: ":") && (2...6).contains(text.count)
      && text.dropFirst().allSatisfy { $0 >= 48 && $0 <= 57 }
  }

  private static func ipv4(_ text: some Sequence<UInt8>) -> UInt32? {
    var value: UInt32 = 0
    var groups = 0
    var group: UInt32 = 0
    var digits = 0
    for byte in text {
      if byte == UInt8(ascii: ".") {
        guard digits > 0, groups < 3 else { return nil }
        value = value << 8 | group
        groups += 1
        group = 0
        digits = 0
      } else if byte >= 48, byte <= 57 {
        // A leading zero is octal to some readers and decimal to others, so it is no address to us.
        guard digits < 3, !(digits > 0 && group == 0) else { return nil }
        group = group * 10 + UInt32(byte - 48)
        digits += 1
        guard group <= 255 else { return nil }
      } else {
        return nil
      }
    }
    guard groups == 3, digits > 0 else { return nil }
    return value << 8 | group
  }

  private static func ipv6(_ text: [UInt8]) -> IPAddress? {
    var head: [UInt16] = []
    var tail: [UInt16] = []
    var gap = false
    var i = 0
    func add(_ word: UInt16) { if gap { tail.append(word) } else { head.append(word) } }
    if text.count >= 2, text[0] == UInt8(ascii: ":"), text[1] == UInt8(ascii: ":") {
      gap = true
      i = 2
    } else if text.first == UInt8(ascii: ":") {
      return nil
    }
    while i < text.count {
      var j = i
      var word: UInt32 = 0
      while j < text.count, let digit = hexValue(text[j]) {
        guard j - i < 4 else { return nil }
        word = word << 4 | UInt32(digit)
        j += 1
      }
      if j < text.count, text[j] == UInt8(ascii: ".") {
        guard let v4 = ipv4(text[i...]) else { return nil }
        add(UInt16(v4 >> 16))
        add(UInt16(v4 & 0xffff))
        i = text.count
        break
      }
      guard j > i else { return nil }
      add(UInt16(word))
      i = j
      if i == text.count { break }
      guard text[i] == UInt8(ascii: ":") else { return nil }
      i += 1
      guard i < text.count else { return nil }
      if text[i] == UInt8(ascii: ":") {
        guard !gap else { return nil }
        gap = true
        i += 1
      }
    }
    let count = head.count + tail.count
    guard gap ? count < 8 : count == 8 else { return nil }
    let words = head + [UInt16](repeating: 0, count: 8 - count) + tail
    var high: UInt64 = 0
    var low: UInt64 = 0
    for word in words[0..<4] { high = high << 16 | UInt64(word) }
    for word in words[4..<8] { low = low << 16 | UInt64(word) }
    return IPAddress(high: high, low: low)
  }
}

extension IPAddress: CustomStringConvertible {
  /// The canonical text. Source: RFC 5952 §4 for IPv6.
  public var description: String {
    if isIPv4 {
      return String(unsafeUninitializedCapacity: 15) { text in
        var count = 0
        func put(_ byte: UInt64) {
          text[count] = UInt8(truncatingIfNeeded: byte)
          count += 1
        }
        for shift in stride(from: 24, through: 0, by: -8) {
          let group = low >> shift & 255
          if group >= 100 { put(0x30 + group / 100) }
          if group >= 10 { put(0x30 + group / 10 % 10) }
          put(0x30 + group % 10)
          if shift > 0 { put(UInt64(UInt8(ascii: "."))) }
        }
        return count
      }
    }
    let words = (0..<8).map { i in
      UInt16(truncatingIfNeeded: (i < 4 ? high : low) >> UInt64(48 - 16 * (i % 4)))
    }
    // The longest run of two or more zeros becomes `::`; the first of equals.
    var best = 0..<0
    var i = 0
    while i < 8 {
      guard words[i] == 0 else {
        i += 1
        continue
      }
      var j = i
      while j < 8, words[j] == 0 { j += 1 }
      if j - i > max(best.count, 1) { best = i..<j }
      i = j
    }
    func join(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
    return best.isEmpty ? join(words[...]) : join(words[..<best.lowerBound]) + "::" + join(words[best.upperBound...])
  }
}

/// A range of addresses: `10.0.0.0/8`, `2001:db8::/32`, or a single address.
public struct IPNetwork: Hashable, Sendable {
  public let base: IPAddress
  /// Leading bits that must agree, of the 128 (IPv4 counts from 96).
  public let bits: Int

  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let base = IPAddress(parts[0].utf8) else { return nil }
    let width = base.isIPv4 ? 32 : 128
    var bits = width
    if parts.count == 2 {
      guard let given = Int(parts[1]), (0...width).contains(given) else { return nil }
      bits = given
    }
    self.base = base
    self.bits = bits + (128 - width)
  }

  public func contains(_ address: IPAddress) -> Bool {
    let highBits = min(bits, 64)
    let lowBits = max(bits - 64, 0)
    let highMask: UInt64 = highBits == 0 ? 0 : ~0 << UInt64(64 - highBits)
    let lowMask: UInt64 = lowBits == 0 ? 0 : ~0 << UInt64(64 - lowBits)
    return (address.high ^ base.high) & highMask == 0 && (address.low ^ base.low) & lowMask == 0
  }
}
