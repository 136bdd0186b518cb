import Events
import Foundation

/// Where a certificate is looked for: a server, or a file that one reads at its start.
public enum ProbeTarget: Hashable, Sendable {
  case server(host: String, port: Int)
  case file(String)

  /// - Parameter text: `api.example.com:443`, `10.0.0.1:443`, `[2001:db8::1]:443`, or a path; `-` is
  ///   standard input. What is a server's address is one even if a file of that name exists; `./` before
  ///   the name makes it a path.
  /// - Throws: ``Events/Problem`` (`usage`) if the text is neither.
  public init(_ text: String) throws(Problem) {
    if text == "-" || text.contains("/") && !text.contains("://") {
      self = Self.file(at: text)
      return
    }
    if text.contains("://") {
      throw Self.fault(text, "is an address of a page, not of a server.")
    }
    if let server = try Self.server(text) {
      self = server
    } else if access(text, F_OK) == 0 {
      self = Self.file(at: text)
    } else {
      throw Self.fault(text, "has no port, and no file has this name.")
    }
  }

  /// The same file is the same place from every directory. Links are kept: what a link points to
  /// changes with each renewal.
  private static func file(at path: String) -> ProbeTarget {
    .file(path == "-" ? path : URL(fileURLWithPath: path).standardizedFileURL.path)
  }

  /// - Returns: `nil` if there is no port at the end.
  private static func server(_ text: String) throws(Problem) -> ProbeTarget? {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    var host = text[..<colon]
    let digits = text[text.index(after: colon)...]
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
    guard let port = Int(digits), (1...65_535).contains(port) else {
      throw fault(text, "has no port from 1 to 65535.")
    }
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      guard isAddress(String(host), AF_INET6) else { throw fault(text, "holds no IPv6 address in its brackets.") }
    } else if host.contains(":") {
      throw fault(text, "is an IPv6 address without brackets, as in [2001:db8::1]:443.")
    }
    guard !host.isEmpty, host.utf8.count <= 253, host.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else {
      throw fault(text, "holds no name of a host.")
    }
    return .server(host: String(host), port: port)
  }

  private static func fault(_ text: String, _ what: String) -> Problem {
    Problem(
      .usage, at: "'\(text.visible)'", what,
      next: "Name a server as host:port, such as api.example.com:443, or a file.")
  }

  static func isAddress(_ text: String, _ family: Int32) -> Bool {
    var bytes = in6_addr()
    return inet_pton(family, text, &bytes) == 1
  }

  /// As it stands in messages and in `object_id`.
  public var name: String {
    switch self {
    case .server(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .file("-"): "standard input"
    case .file(let path): path
    }
  }
}
