import Events
import Foundation
import Storage

/// Turns what a probe saw into events: one for each certificate that matters.
///
/// What a place showed last is kept with the events' commit, as a position is, so that a renewal is
/// told as one, and a certificate that another took the place of is not waited for any more.
public struct CertificateRecord: Sendable {
  /// What a place showed last.
  private struct Shown: Codable {
    var subject: String
    var notAfter: Int64
  }

  private static let day: Int64 = 86_400_000_000

  private let app: String
  private let host: String

  public init(app: String, host: String) {
    self.app = app
    self.host = host
  }

  /// - Parameters:
  ///   - facts: of the place, the server's own certificate first.
  ///   - now: when it was seen, microseconds since 1970.
  public func commit(
    of facts: [CertificateFact], at target: ProbeTarget, now: Int64, since positions: [StoredPosition],
    redactor: Redactor
  ) -> Commit {
    let key = "probe:\(app):\(target.name)"
    let last = positions.first { $0.key == key }.flatMap {
      try? JSONDecoder().decode(Shown.self, from: Data($0.identity.utf8))
    }
    var commit = Commit()
    func add(_ draft: EventDraft) { commit.changes.append(.insert(draft.event(redactedBy: redactor))) }
    for (index, fact) in facts.enumerated() {
      let known = index == 0 ? last : nil
      add(draft(fact, at: target, now: now, isRenewed: known.map { fact.notAfter > $0.notAfter } ?? false))
      if let known, known.subject != fact.subject {
        var gone = draft("cert_renewed", subject: known.subject, at: target, now: now)
        gone.fields[.certNotAfter] = .integer(max(fact.notAfter, known.notAfter + 1))
        gone.fields[.toValue] = .text(fact.subject)
        gone.fields[.reason] = .text("replaced")
        gone.fields[.message] = .text("\(known.subject) gave way to \(fact.subject) at \(target.name)")
        add(gone)
      }
    }
    if let first = facts.first {
      let shown = (try? JSONEncoder().encode(Shown(subject: first.subject, notAfter: first.notAfter))) ?? Data()
      commit.positions = [
        StoredPosition(
          key: key, path: target.name, offset: 0, identity: String(decoding: shown, as: UTF8.self), state: "{}")
      ]
    }
    var counts = ReadCounts()
    counts.events = Int64(commit.changes.count)
    commit.counts[source(of: target)] = counts
    return commit
  }

  private func draft(_ fact: CertificateFact, at target: ProbeTarget, now: Int64, isRenewed: Bool) -> EventDraft {
    let left = fact.notAfter - now
    let name =
      left <= 0 ? "cert_expired" : !fact.faults.isEmpty ? "cert_invalid" : isRenewed ? "cert_renewed" : "cert_expiring"
    var draft = self.draft(name, subject: fact.subject, at: target, now: now)
    draft.fields[.certNotAfter] = .integer(fact.notAfter)
    draft.fields[.message] = .text("\(fact.subject) at \(target.name) \(Self.state(fact, now: now))")
    draft.fields[.reason] = .text(Self.faults(fact, now: now).joined(separator: ", "))
    // A certificate that is seen to be good is no news; one that draws near its end is.
    if name == "cert_expiring" {
      draft.fields[.severity] = .integer(left <= 7 * Self.day ? 4 : left <= 30 * Self.day ? 2 : 1)
    }
    var attributes: [String: AttributeValue] = [
      "issuer": .text(fact.issuer), "serial": .text(fact.serial),
      "not_before": .text(Timestamp.rfc3339(fact.notBefore)),
    ]
    if !fact.names.isEmpty { attributes["names"] = .text(fact.names.joined(separator: ",")) }
    if let isTrusted = fact.isTrusted { attributes["trusted"] = .flag(isTrusted) }
    draft.fields[.attrs] = .text(attributes.json)
    return draft
  }

  private func draft(_ name: String, subject: String, at target: ProbeTarget, now: Int64) -> EventDraft {
    var draft = EventDraft(event: name, ts: now)
    draft.fields[.app] = .text(app)
    draft.fields[.host] = .text(host)
    draft.fields[.source] = .text(source(of: target))
    draft.fields[.certSubject] = .text(subject)
    draft.fields[.objectID] = .text(target.name)
    draft.fields[.classifier] = .text("probe.cert")
    switch target {
    case .server: draft.fields[.objectType] = .text("server")
    case .file: draft.fields[.objectType] = .text("file")
    }
    return draft
  }

  private func source(of target: ProbeTarget) -> String { "probe:\(target.name)" }

  // MARK: Words

  /// `ends 2026-12-24T00:00:00Z, in 33 days`, `ended 2026-11-19T00:00:00Z`.
  public static func state(_ fact: CertificateFact, now: Int64) -> String {
    let date = seconds(fact.notAfter)
    if fact.notAfter <= now { return "ended \(date)" }
    let days = (fact.notAfter - now) / day
    let hours = (fact.notAfter - now) / 3_600_000_000
    return "ends \(date), in " + (days >= 2 ? "\(days) days" : "\(hours) h")
  }

  /// Certificates hold whole seconds.
  private static func seconds(_ time: Int64) -> String { Timestamp.rfc3339(time).prefix(19) + "Z" }

  /// What is wrong with it, in words; empty if nothing is.
  public static func faults(_ fact: CertificateFact, now: Int64) -> [String] {
    var words: [String] = []
    if fact.notAfter <= now { words.append("expired") }
    if fact.faults.contains(.notYetValid) { words.append("not valid before \(seconds(fact.notBefore))") }
    if fact.faults.contains(.otherName) { words.append("issued for another name") }
    return words
  }
}
