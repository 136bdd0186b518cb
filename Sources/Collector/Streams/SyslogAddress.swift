import Events

/// Where syslog messages are waited for: `tcp:127.0.0.1:5514`, `udp:[::1]:514`, `unix:/run/seclog/log`.
public struct SyslogAddress: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case tcp(host: String, port: String)
    case udp(host: String, port: String)
    /// Datagrams, as `/dev/log` takes.
    case unix(path: String)
  }
  let kind: Kind
  let text: String

  public static let examples = "Such as tcp:127.0.0.1:5514, udp:[::1]:514 or unix:/run/seclog/log."

  /// - Returns: `nil` if it reads as none; hosts are numbers, never names.
  public init?(_ text: String) {
    self.text = text
    guard let colon = text.firstIndex(of: ":") else { return nil }
    let rest = text[text.index(after: colon)...]
    switch text[..<colon] {
    case "unix":
      guard rest.hasPrefix("/"), rest.utf8.count < 108 else { return nil }
      kind = .unix(path: String(rest))
    case "tcp", "udp":
      guard let last = rest.lastIndex(of: ":"), UInt16(rest[rest.index(after: last)...]) != nil else { return nil }
      var host = String(rest[..<last])
      if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
      guard !host.isEmpty, host.utf8.allSatisfy({ Self.isAddressByte($0) }) else { return nil }
      let port = String(rest[rest.index(after: last)...])
      kind = text.hasPrefix("tcp") ? .tcp(host: host, port: port) : .udp(host: host, port: port)
    default: return nil
    }
  }

  private static func isAddressByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "."), UInt8(ascii: ":"):
      true
    default: false
    }
  }
}
