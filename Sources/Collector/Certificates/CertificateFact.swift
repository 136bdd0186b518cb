import Events
import Foundation
import X509

/// What one certificate says of itself, and what is wrong with it where it was found.
public struct CertificateFact: Hashable, Sendable {
  /// What keeps clients away, whatever the dates are.
  public enum Fault: Hashable, Sendable {
    case notYetValid
    /// It does not bear the name under which the server was asked.
    case otherName
  }

  /// Distinguished name as RFC 4514 writes it; the first alternative name if that is empty.
  public var subject: String
  public var issuer: String
  /// Names and addresses that it is valid for.
  public var names: [String]
  /// Hexadecimal, without leading zeros.
  public var serial: String
  /// Microseconds since 1970.
  public var notBefore: Int64
  public var notAfter: Int64
  public var faults: Set<Fault> = []
  /// Whether a root of this machine vouches for it; `nil` if that was not asked.
  public var isTrusted: Bool?

  init(_ certificate: Certificate) {
    names =
      (try? certificate.extensions.subjectAlternativeNames)?.compactMap { name in
        switch name {
        case .dnsName(let name): name
        case .uniformResourceIdentifier(let name): name
        case .ipAddress(let bytes): Self.address(bytes.bytes)
        default: nil
        }
      } ?? []
    issuer = certificate.issuer.description
    let subject = certificate.subject.description
    self.subject = subject.isEmpty ? names.first ?? "" : subject
    serial = certificate.serialNumber.bytes.drop { $0 == 0 }.map {
      String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
    }.joined()
    notBefore = Self.microseconds(certificate.notValidBefore)
    notAfter = Self.microseconds(certificate.notValidAfter)
  }

  private static func address(_ bytes: ArraySlice<UInt8>) -> String? {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = bytes.count == 4 ? AF_INET : AF_INET6
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    return Array(bytes).withUnsafeBytes { raw in
      inet_ntop(family, raw.baseAddress, &text, socklen_t(text.count)).map { String(cString: $0) }
    }
  }

  private static func microseconds(_ date: Date) -> Int64 {
    // Certificates hold whole seconds; the year 9999 means "never ends" (RFC 5280 §4.1.2.5).
    Int64(date.timeIntervalSince1970.rounded()) * 1_000_000
  }

  /// The certificates that matter of a chain: the first, and each that ends before it or stands on
  /// its own. An issuer that outlives the first needs no watching here.
  static func notable(_ chain: [Certificate]) -> [Certificate] {
    guard let first = chain.first else { return [] }
    return chain.enumerated().filter { index, certificate in
      index == 0 || certificate.notValidAfter < first.notValidAfter
        || certificate.subject != chain[index - 1].issuer
    }.map(\.element)
  }
}
