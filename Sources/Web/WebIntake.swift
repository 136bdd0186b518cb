/// Takes what other programs bring with POST. Everything else only reads.
public protocol WebIntake: Sendable {
  /// The one path it answers at.
  var path: String { get }
  var bodyBytesMax: Int { get }

  /// - Parameter body: `nil` if it was larger than ``bodyBytesMax``.
  func take(_ body: [UInt8]?, of request: WebRequest) async -> WebAnswer
}
