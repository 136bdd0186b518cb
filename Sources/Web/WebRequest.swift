/// What a request asks, without a socket: the responder is tested with these.
public struct WebRequest: Hashable, Sendable {
  public var method: String
  /// Percent-decoded, such as `/d/overview`.
  public var path: String
  public var query: [String: String]
  /// The `Host` header, or `:authority`.
  public var host: String
  /// The headers of what is brought; empty if they are missing.
  public var contentType = ""
  public var contentEncoding = ""

  public init(method: String = "GET", path: String, query: [String: String] = [:], host: String) {
    self.method = method
    self.path = path
    self.query = query
    self.host = host
  }
}

/// What goes back. Headers that every answer has are added by the responder.
public struct WebAnswer: Hashable, Sendable {
  public var status: Int
  public var headers: [(name: String, value: String)] = []
  public var body: String
  /// Goes back instead of ``body``, if that is no text.
  public var bytes: [UInt8]?

  public init(_ status: Int, _ type: String, _ body: String) {
    self.status = status
    self.body = body
    headers = [("Content-Type", type)]
  }

  public static func html(_ body: String, status: Int = 200) -> WebAnswer {
    WebAnswer(status, "text/html; charset=utf-8", body)
  }

  public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  public static func == (a: WebAnswer, b: WebAnswer) -> Bool {
    a.status == b.status && a.body == b.body && a.bytes == b.bytes && a.headers.map(\.name) == b.headers.map(\.name)
      && a.headers.map(\.value) == b.headers.map(\.value)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(status)
    hasher.combine(body)
  }
}
