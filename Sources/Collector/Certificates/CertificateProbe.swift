import Events
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import X509

/// Looks at the certificates that servers show in a TLS handshake, and at those in files.
public struct CertificateProbe: Sendable {
  /// For name, connection and handshake together.
  private let timeout: Age

  public init(timeout: Age) { self.timeout = timeout }

  /// Looks at all targets, some at a time.
  ///
  /// - Parameters:
  ///   - now: the clock for what is not yet valid, microseconds since 1970.
  ///   - input: what `-` stands for.
  /// - Returns: in the order asked, the facts of each target or why there are none.
  public func facts(at targets: [ProbeTarget], now: Int64, input: @Sendable @escaping () -> [UInt8]) async
    -> [Result<[CertificateFact], Problem>]
  {
    var results: [Result<[CertificateFact], Problem>?] = Array(repeating: nil, count: targets.count)
    await withTaskGroup(of: (Int, Result<[CertificateFact], Problem>).self) { group in
      var waiting = targets.enumerated().makeIterator()
      func next() {
        guard let (index, target) = waiting.next() else { return }
        group.addTask { (index, await facts(at: target, now: now, input: input)) }
      }
      for _ in 0..<CollectorLimits.probesAtOnceMax { next() }
      while let (index, result) = await group.next() {
        results[index] = result
        next()
      }
    }
    return results.map { $0! }
  }

  private func facts(at target: ProbeTarget, now: Int64, input: () -> [UInt8]) async -> Result<
    [CertificateFact], Problem
  > {
    do throws(Problem) {
      switch target {
      case .file(let path):
        let bytes = path == "-" ? input() : try Self.bytes(of: path)
        return .success(try Self.certificates(in: bytes, at: target).map(CertificateFact.init))
      case .server(let host, let port):
        let chain = try await chain(host: host, port: port, at: target.name)
        var facts = CertificateFact.notable(chain).map(CertificateFact.init)
        if facts[0].notBefore > now { facts[0].faults.insert(.notYetValid) }
        if await !bears(chain[0], host) { facts[0].faults.insert(.otherName) }
        facts[0].isTrusted = await isTrusted(chain)
        return .success(facts)
      }
    } catch {
      return .failure(error)
    }
  }

  // MARK: Files

  private static func bytes(of path: String) throws(Problem) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let code: Problem.Code = errno == EACCES || errno == EPERM ? .permission : .failed
      throw Problem(
        code, at: path, String(cString: strerror(errno)) + ".",
        next: code == .permission ? "Run this as a user who may read it." : "")
    }
    defer { close(descriptor) }
    var status = stat()
    fstat(descriptor, &status)
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Problem(.data, at: path, "is not a file.", next: "Name the files in it: \(path)/*.pem")
    }
    guard status.st_size <= CollectorLimits.certificateFileBytesMax else {
      throw Problem(
        .data, at: path, "is over \(CollectorLimits.certificateFileBytesMax >> 20) MiB, so it is no certificate.")
    }
    return [UInt8](FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).readDataToEndOfFile())
  }

  /// PEM with one or more certificates among anything else, or one in DER.
  private static func certificates(in bytes: [UInt8], at target: ProbeTarget) throws(Problem) -> [Certificate] {
    do {
      let chain: [Certificate]
      if bytes.first == 0x30 {  // SEQUENCE, with which every certificate in DER begins and no PEM does
        chain = [try Certificate(derEncoded: bytes)]
      } else {
        chain = try NIOSSLCertificate.fromPEMBytes(bytes).map { try Certificate(derEncoded: $0.toDERBytes()) }
      }
      if !chain.isEmpty { return CertificateFact.notable(chain) }
    } catch {
      // What a library says of it helps nobody: the next step is the same.
    }
    throw Problem(
      .data, at: target.name, "holds no certificate that reads.",
      next: "Look at it with:  openssl x509 -noout -text -in \(target == .file("-") ? "FILE" : target.name)")
  }

  // MARK: Servers

  private func chain(host: String, port: Int, at place: String) async throws(Problem) -> [Certificate] {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let shown = loop.makePromise(of: [NIOSSLCertificate].self)
    let isAddress = ProbeTarget.isAddress(host, AF_INET) || ProbeTarget.isAddress(host, AF_INET6)
    let limit = TimeAmount.microseconds(timeout.microseconds)
    let seconds = timeout.description
    let overtime = loop.scheduleTask(in: limit) { shown.fail(ProbeTimeout()) }
    defer { overtime.cancel() }
    do {
      var configuration = TLSConfiguration.makeClientConfiguration()
      // The probe wants to see what old servers show, too. It sends nothing but the handshake.
      configuration.minimumTLSVersion = .tlsv1
      let context = try NIOSSLContext(configuration: configuration)
      let connecting = ClientBootstrap(group: loop).connectTimeout(limit).channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let handler = try NIOSSLClientHandler(
            context: context, serverHostname: isAddress ? nil : host,
            customVerificationCallback: { chain, verdict in
              // Later: whoever hears of it closes the connection, which may not happen inside this call.
              loop.execute { shown.succeed(chain) }
              verdict.succeed(.certificateVerified)  // judged afterwards: a bad one is a fact, not a failure
            })
          try channel.pipeline.syncOperations.addHandlers([handler, HandshakeEnd(shown)])
        }
      }.connect(host: host, port: port)
      connecting.whenFailure { shown.fail($0) }
      connecting.whenSuccess { channel in
        // The answer may have come, or the time may be over, before there was a channel to close.
        shown.futureResult.whenComplete { _ in channel.close(promise: nil) }
      }
      return try await shown.futureResult.get().map { try Certificate(derEncoded: $0.toDERBytes()) }
    } catch {
      shown.fail(error)  // So that the promise is kept if the handshake was never begun.
      throw Self.problem(error, at: place, host: host, seconds: seconds)
    }
  }

  private static func problem(_ error: any Error, at place: String, host: String, seconds: String) -> Problem {
    let cutShort = (
      "closed the connection before it showed a certificate.",
      "Is it the port of a TLS server, and does it know the name?"
    )
    let (what, next): (String, String)
    switch error {
    case is ProbeTimeout:
      (what, next) = (
        "no certificate within \(seconds).", "Is it the port of a TLS server? Wait longer with --timeout 30s."
      )
    case ChannelError.connectTimeout:
      (what, next) = ("no connection within \(seconds).", "Is the host up, and does a firewall let this one through?")
    case let error as NIOConnectionError:
      if error.connectionErrors.isEmpty {
        (what, next) = (
          "no address is known for '\(host.visible)'.", "Is the name right?  getent hosts \(host.visible)"
        )
      } else if error.connectionErrors.contains(where: { $0.error is ChannelError }) {
        (what, next) = ("no connection within \(seconds).", "Is the host up, and does a firewall let this one through?")
      } else {
        let code = error.connectionErrors.lazy.compactMap { ($0.error as? IOError)?.errnoCode }.first
        let why = code.map { String(cString: strerror($0)).lowercased() } ?? "it cannot be reached"
        (what, next) = ("\(why).", "Does the server run, and listen on this port?")
      }
    case is HandshakeCutShort, is IOError:
      (what, next) = cutShort
    case let NIOSSLError.handshakeFailed(reason):
      let text = "\(reason)"
      if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") || text.contains("UNEXPECTED_MESSAGE") {
        (what, next) = ("does not answer in TLS.", "Is it the port of a TLS server? STARTTLS is not spoken.")
      } else if text.contains("EOF") {
        (what, next) = cutShort
      } else {
        (what, next) = ("the TLS handshake failed: \(reasonWord(text)).", "See:  openssl s_client -connect \(place)")
      }
    default:
      (what, next) = ("no certificate: \(reasonWord("\(error)")).", "See:  openssl s_client -connect \(place)")
    }
    return Problem(.unavailable, at: place, what, next: next, isPassing: true)
  }

  /// `…:SSLV3_ALERT_HANDSHAKE_FAILURE at …` → `sslv3 alert handshake failure`
  private static func reasonWord(_ text: String) -> String {
    guard let word = text.firstMatch(of: /[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+/) else { return text.prefix(120).visible }
    return word.output.replacing("_", with: " ").lowercased()
  }

  // MARK: Judgement

  private func bears(_ certificate: Certificate, _ host: String) async -> Bool {
    let isAddress = ProbeTarget.isAddress(host, AF_INET) || ProbeTarget.isAddress(host, AF_INET6)
    // Taken for its own root and at its first second, so that nothing but the name decides.
    var verifier = Verifier(rootCertificates: CertificateStore([certificate])) {
      RFC5280Policy(fixedValidationTime: certificate.notValidBefore)
      ServerIdentityPolicy(serverHostname: isAddress ? nil : host, serverIP: isAddress ? host : nil)
    }
    switch await verifier.validate(leaf: certificate, intermediates: CertificateStore()) {
    case .validCertificate: return true
    case .couldNotValidate: return false
    }
  }

  private func isTrusted(_ chain: [Certificate]) async -> Bool {
    // At its first second: whether it has ended by now is told apart.
    var verifier = Verifier(rootCertificates: .systemTrustRoots) {
      RFC5280Policy(fixedValidationTime: chain[0].notValidBefore)
    }
    switch await verifier.validate(leaf: chain[0], intermediates: CertificateStore(chain.dropFirst())) {
    case .validCertificate: return true
    case .couldNotValidate: return false
    }
  }
}

private struct ProbeTimeout: Error {}
private struct HandshakeCutShort: Error {}

/// Says that a handshake failed, or that the connection ended before there was a certificate.
private final class HandshakeEnd: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let shown: EventLoopPromise<[NIOSSLCertificate]>

  init(_ shown: EventLoopPromise<[NIOSSLCertificate]>) { self.shown = shown }

  func channelInactive(context: ChannelHandlerContext) {
    shown.fail(HandshakeCutShort())
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    shown.fail(error)
    context.close(promise: nil)
  }
}
