import Foundation

/// A folder that goes when its last user does.
public final class TemporaryFolder: Sendable {
  /// Short, since the paths of sockets are: at most 107 bytes.
  public let path: String

  public var url: URL { URL(fileURLWithPath: path) }

  public init() throws {
    var template = Array("/tmp/seclog-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  public func path(_ name: String) -> String { "\(path)/\(name)" }
}
