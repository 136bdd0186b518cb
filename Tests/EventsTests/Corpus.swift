import Foundation

@testable import Events

/// One labelled log of a real system, and what a reader makes of it.
struct Corpus {
  struct Label: Decodable {
    var line: Int
    var category: String
    var outcome: String?
    var actor: String?
    var source_ip: String?
    var event_id: String?
    var duplicate: Bool?
    var continuation: Bool?
    var note: String?
    var alt_category: Categories?

    /// One category or several.
    enum Categories: Decodable {
      case some([String])
      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let one = try? container.decode(String.self) {
          self = .some([one])
        } else {
          self = .some(try container.decode([String].self))
        }
      }
      var names: [String] {
        switch self {
        case .some(let names): names
        }
      }
    }

    /// What the line alone cannot decide is not scored.
    var isAmbiguous: Bool {
      ["ambiguous", "400 here", "indistinguishable", "looks like any"].contains { note?.contains($0) ?? false }
    }
  }

  let name: String
  let bytes: [UInt8]
  let lines: [String]
  let labels: [Int: Label]

  static let names = ["compere", "dragdropdeploy", "glaze", "tmi", "trueppm"]
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Corpus")

  init(_ name: String) throws {
    self.name = name
    bytes = Array(try Data(contentsOf: Self.folder.appending(path: "\(name).jsonl")))
    lines = bytes.split(separator: 10, omittingEmptySubsequences: false).dropLast().map {
      String(decoding: $0, as: UTF8.self)
    }
    var labels: [Int: Label] = [:]
    let text = try String(contentsOf: Self.folder.appending(path: "\(name).labels.jsonl"), encoding: .utf8)
    for line in text.split(separator: "\n") {
      let label = try JSONDecoder().decode(Label.self, from: Data(line.utf8))
      labels[label.line] = label
    }
    self.labels = labels
  }

  /// Number of the line that begins at an offset.
  var lineAtOffset: [Int64: Int] {
    var table: [Int64: Int] = [:]
    var offset: Int64 = 0
    for (i, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
      table[offset] = i + 1
      offset += Int64(line.count + 1)
    }
    return table
  }

  /// The events that a collector would store, in the order of their first lines.
  func stored(cutAt cuts: [Int] = []) throws -> [Event] {
    let reader = try EventReader(ReaderConfiguration())
    var state = SourceState(source: name, app: name)
    var events: [String: Event] = [:]
    var order: [String] = []
    var at = 0
    for end in cuts + [bytes.count] {
      var batch = EventBatch()
      let taken = bytes[at..<end].withUnsafeBytes {
        reader.read(
          $0, of: &state, at: Int64(at), now: 1_795_300_000_000_000, ending: end == bytes.count ? .final : .more,
          into: &batch)
      }
      at += taken
      for change in batch.changes {
        if events.updateValue(change.event, forKey: change.event.id) == nil { order.append(change.event.id) }
      }
    }
    return order.map { events[$0]! }
  }

  func explained() throws -> [Explanation] {
    let explainer = try Explainer(ReaderConfiguration(), source: name, app: name)
    var explanations: [Explanation] = []
    _ = bytes.withUnsafeBytes {
      explainer.explain($0, now: 1_795_300_000_000_000, ending: .final, into: &explanations)
    }
    return explanations
  }
}

/// How well single lines are recognised: the measure that `explain` is judged by.
struct LineScore: CustomStringConvertible {
  var security = 0
  var category = 0
  var outcome = (right: 0, of: 0)
  var actor = (right: 0, of: 0)
  var address = (right: 0, of: 0)
  var benign = 0
  var flagged = 0
  var misses: [String] = []

  /// Which events satisfy a label's category.
  private static let accepted: [String: [String]] = [
    "authentication": ["authn_login*", "authn_password*", "authn_impossible*", "authn_token_created*", "session_*"],
    "token": ["authn_token*", "session_*", "authn_login_fail"],
    "authorization_change": [
      "authz_change*", "authz_admin*", "privilege_*", "user_invite*", "user_updated*", "user_created*", "user_deleted*",
      "user_archived*",
    ],
    "ownership_transfer": ["ownership_*"],
    "access_denied": [
      "authz_fail*", "malicious_*", "egress_*", "authn_login_fail", "authn_token*", "input_*", "session_*",
    ],
    "certificate": ["cert_*", "tls_*"],
    "vulnerability": ["vuln_*"],
    "database": ["db_*", "config_insecure*", "app_error*"],
    "rate_limit": ["excess_*", "authn_login_fail_max*", "authn_login_lock*"],
    "admin": [
      "authz_admin*", "authz_change*", "user_*", "privilege_*", "config_*", "sensitive_*", "sys_*", "authn_token*",
    ],
    "network": [
      "egress_*", "tls_*", "app_error*", "malicious_*", "excess_*", "input_*", "authz_fail*", "sys_*", "config_*",
      "upload_*",
    ],
  ]
  private static let withOutcome: Set<String> = [
    "authentication", "token", "authorization_change", "ownership_transfer", "access_denied", "database",
  ]

  static func isQuiet(_ event: String) -> Bool {
    ["", "app_log", "http_request"].contains(event)
      || ["sys_startup", "sys_shutdown", "sys_restart", "pipeline_"].contains { event.hasPrefix($0) }
  }

  init(_ corpus: Corpus, _ explanations: [Explanation]) {
    for (i, line) in corpus.lines.enumerated() {
      let label = corpus.labels[i + 1]
      let explanation = explanations[i]
      let isContinuation = explanation.recordLine != 0
      let event = isContinuation ? "" : explanation.event.event
      if let label, label.duplicate == true || label.continuation == true || label.isAmbiguous { continue }
      guard let label, label.category != "none" else {
        benign += 1
        if !Self.isQuiet(event) {
          flagged += 1
          misses.append("benign \(i + 1): \(event): \(line.prefix(160))")
        }
        continue
      }
      security += 1
      let wanted = [label.category] + (label.alt_category?.names ?? [])
      let isRight =
        wanted.contains { category in
          (Self.accepted[category] ?? []).contains { ValuePattern($0).matches(Array(event.utf8)) }
        } || (wanted.contains("none") && Self.isQuiet(event))
      guard isRight else {
        misses.append("miss \(i + 1): wanted \(wanted.joined(separator: "/")), got \(event): \(line.prefix(160))")
        continue
      }
      category += 1
      if let outcome = label.outcome, ["success", "failure"].contains(outcome),
        Self.withOutcome.contains(label.category)
      {
        self.outcome.of += 1
        self.outcome.right += explanation.event.outcome == outcome ? 1 : 0
      }
      if let actor = label.actor?.lowercased(), line.lowercased().contains(actor) {
        self.actor.of += 1
        let found = [explanation.event.actor, explanation.event.target].map { $0.lowercased() }
        self.actor.right += found.contains(actor) ? 1 : 0
      }
      if let address = label.source_ip?.lowercased(), line.lowercased().contains(address) {
        self.address.of += 1
        self.address.right += explanation.event.sourceIP == address ? 1 : 0
      }
    }
  }

  var description: String {
    "category \(category)/\(security), outcome \(outcome.right)/\(outcome.of), actor \(actor.right)/\(actor.of), "
      + "address \(address.right)/\(address.of), benign flagged \(flagged)/\(benign)"
  }
}

/// How well lines are joined: one real event is one stored event.
struct EventScore: CustomStringConvertible {
  var groups = 0
  var once = 0
  var missed = 0
  var split = 0
  var merged = 0
  var actor = (right: 0, of: 0)
  var address = (right: 0, of: 0)
  var misses: [String] = []

  init(_ corpus: Corpus, _ events: [Event]) {
    struct Group {
      var lines: Set<Int> = []
      var actors: Set<String> = []
      var addresses: Set<String> = []
      var isAmbiguous = false
    }
    var all: [String: Group] = [:]
    for label in corpus.labels.values where label.category != "none" && label.continuation != true {
      let key = label.event_id ?? "line\(label.line)"
      var group = all[key, default: Group()]
      group.lines.insert(label.line)
      group.isAmbiguous = group.isAmbiguous || label.isAmbiguous
      let text = corpus.lines[label.line - 1].lowercased()
      if let actor = label.actor?.lowercased(), text.contains(actor) { group.actors.insert(actor) }
      if let address = label.source_ip?.lowercased(), text.contains(address) { group.addresses.insert(address) }
      all[key] = group
    }
    var owner: [Int: String] = [:]
    for (key, group) in all { for line in group.lines { owner[line] = key } }
    let lineAtOffset = corpus.lineAtOffset
    var touched: [String: [(event: Event, keys: Int)]] = [:]
    for event in events {
      let keys = Set(event.lines.compactMap { lineAtOffset[$0] }.compactMap { owner[$0] })
      for key in keys { touched[key, default: []].append((event, keys.count)) }
    }
    for (key, group) in all.sorted(by: { ($0.value.lines.min() ?? 0) < ($1.value.lines.min() ?? 0) })
    where !group.isAmbiguous {
      groups += 1
      let told = touched[key] ?? []
      func miss(_ what: String) {
        misses.append(
          "\(what) \(key) \(group.lines.sorted()): \(told.map { "\($0.event.event) \($0.event.lines.compactMap { lineAtOffset[$0] })" })"
        )
      }
      if told.isEmpty {
        missed += 1
        miss("missed")
        continue
      }
      if told.count > 1 {
        split += 1
        miss("split")
        continue
      }
      if told[0].keys > 1 {
        merged += 1
        miss("merged")
        continue
      }
      once += 1
      if !group.actors.isEmpty {
        actor.of += 1
        if group.actors.contains(told[0].event.actor.lowercased()) {
          actor.right += 1
        } else {
          miss("actor \(told[0].event.actor)")
        }
      }
      if !group.addresses.isEmpty {
        address.of += 1
        if group.addresses.contains(told[0].event.sourceIP) {
          address.right += 1
        } else {
          miss("address \(told[0].event.sourceIP)")
        }
      }
    }
  }

  var description: String {
    "once \(once)/\(groups), missed \(missed), split \(split), merged \(merged), actor \(actor.right)/\(actor.of), address \(address.right)/\(address.of)"
  }
}
