import Events
import Foundation
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// The HTTP server around a ``WebResponder``: sockets, threads and shutting down, nothing else.
public struct WebServer: Sendable {
  public struct Address: Hashable, Sendable {
    public var host: String
    public var port: Int

    /// - Parameter text: `127.0.0.1:8470`, `[::1]:8470`, `localhost:0`; port 0 takes a free one.
    /// - Returns: `nil` if the text is no address with a port.
    public init?(_ text: String) {
      guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
        (0...65_535).contains(port)
      else { return nil }
      var host = String(text[..<colon])
      if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
      guard !host.isEmpty, !host.contains("/") else { return nil }
      self.host = host
      self.port = port
    }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
  }

  let address: Address
  /// Made once the port is known, for the port is part of the names that are answered.
  let responder: @Sendable (Int) -> WebResponder

  public init(
    address: Address, content: any WebContent, hosts: [String] = [], refreshSeconds: Int = 60,
    intake: (any WebIntake)? = nil
  ) {
    self.address = address
    responder = { port in
      let host = address.host.contains(":") ? "[\(address.host)]" : address.host
      let names = [host, "localhost", "127.0.0.1"].map { "\($0):\(port)" }
      return WebResponder(
        content: content, hosts: Set(names + hosts + hosts.map { "\($0):\(port)" }), refreshSeconds: refreshSeconds,
        intake: intake)
    }
  }

  /// Serves until SIGTERM or SIGINT.
  ///
  /// - Parameter ready: called with the port once requests are taken.
  public func run(ready: @escaping @Sendable (Int) -> Void) async throws {
    var logger = Logger(label: "seclog.web")
    logger.logLevel = .error
    let shared = SharedResponder()
    let make = responder
    let application = Application(
      responder: CallbackResponder { (request: Request, _: BasicRequestContext) -> Response in
        // The store answers within its time limit; the thread it takes meanwhile is one of the pool's.
        guard let responder = shared.responder else { return Response(status: .serviceUnavailable) }
        return try await responder.respond(to: WebRequest(request)) { bytesMax in
          var bytes: [UInt8] = []
          for try await buffer in request.body {
            if bytes.count + buffer.readableBytes > bytesMax { return nil }
            bytes.append(contentsOf: buffer.readableBytesView)
          }
          return bytes
        }.response
      },
      configuration: .init(address: .hostname(address.host, port: address.port), serverName: nil),
      onServerRunning: { channel in
        let port = channel.localAddress?.port ?? 0
        shared.responder = make(port)
        ready(port)
      },
      logger: logger)
    do {
      try await application.runService()
    } catch let error as IOError {
      throw Problem(
        .failed, at: "\(address.host):\(address.port)", "cannot listen: \(error)",
        next: "Choose another port with --listen.")
    }
  }
}

/// Set once, when the port is known, before the first request can arrive.
private final class SharedResponder: Sendable {
  private let value = Mutex<WebResponder?>(nil)

  var responder: WebResponder? {
    get { value.withLock { $0 } }
    set { value.withLock { $0 = newValue } }
  }
}

extension WebRequest {
  init(_ request: Request) {
    var query: [String: String] = [:]
    for (name, value) in request.uri.queryParameters where query[String(name)] == nil {
      query[String(name)] = String(value)
    }
    self.init(
      method: request.method.rawValue,
      path: request.uri.path.removingPercentEncoding ?? request.uri.path, query: query,
      host: request.head.authority ?? "")
    contentType = request.headers[.contentType] ?? ""
    contentEncoding = request.headers[.contentEncoding] ?? ""
  }
}

extension WebAnswer {
  fileprivate var response: Response {
    var fields = HTTPFields()
    for (name, value) in headers {
      fields[.init(name)!] = value  // Names are ours, so each is a sound one.
    }
    return Response(
      status: .init(code: status), headers: fields,
      body: .init(byteBuffer: bytes.map { ByteBuffer(bytes: $0) } ?? ByteBuffer(string: body)))
  }
}
