/// An event that further lines may still tell, and what is known of the lines so far.
struct OpenEvent: Hashable, Sendable {
  private(set) var shared: SharedEvent
  var isStored: Bool
  /// Where the records of its lines begin, the first one's first.
  private var heads: [Int64]
  private var time: Int64
  /// Whether no line so far has told its time: then it may be any up to that of the next line that does.
  private var isUntimed: Bool
  private let number: Int64
  /// How many of its lines each emitter wrote: one, or two where a program logs twice.
  private var emitters: [Emitter]
  private var priority: Int
  private var requestStatuses: StatusSet
  private var companions: [String]
  private var isProxyAddress: Bool
  /// Of the first line, to know its double.
  private let firstMessage: String
  /// What the lines say, that of the best line first.
  private var messages: [String]
  /// Number of the line that was added last.
  private var lastNumber: Int64

  private struct Emitter: Hashable, Sendable {
    let name: String
    var count = 1
  }

  var event: Event {
    @inline(__always) _read { yield shared.event }
  }

  init(_ line: JoinLine, isStored: Bool) {
    shared = line.shared
    self.isStored = isStored
    heads = [line.headOffset]
    time = line.time
    isUntimed = !line.isTimed
    number = line.number
    emitters = [Emitter(name: line.hint.emitter)]
    priority = line.hint.priority
    requestStatuses = line.hint.requestStatuses
    companions = line.hint.companions
    isProxyAddress = line.hint.isProxyAddress
    firstMessage = line.event.message
    messages = [line.event.message]
    lastNumber = line.number
  }

  func isOpen(at line: JoinLine) -> Bool {
    distance(to: line) <= Limits.joinLinkedMicroseconds && line.number - number <= Int64(Limits.joinLinesMax)
  }

  /// In time, as far as it is known.
  private func distance(to line: JoinLine) -> Int64 {
    isUntimed && line.number - number <= Int64(Limits.joinUntimedLinesMax) ? 0 : abs(line.time - time)
  }

  /// Whether a record of several lines that begins there tells this event.
  func holdsRecord(at head: Int64) -> Bool { heads.contains(head) }

  // MARK: Whether a line tells this event

  /// How strongly the line is bound to this event; 0 = it tells another one.
  func strength(of line: JoinLine) -> Int {
    if let emitter = emitters.first(where: { $0.name == line.hint.emitter }) {
      // A program that logs twice writes the same words at the same time.
      let isDouble =
        line.hint.isTwice && emitter.count == 1 && abs(line.time - time) <= Self.doubleMicroseconds
        && line.event.message == firstMessage
      return isDouble ? 100 : 0
    }
    return strength(of: line, between: shared.event, line.shared.event)
  }

  /// That of a line of another emitter, from what the two say.
  private func strength(of line: JoinLine, between event: borrowing Event, _ other: borrowing Event) -> Int {
    guard !disagrees(line, event, other) else { return 0 }
    let isSame = event.event == other.event
    let bonus = isSame ? 5 : 0
    if isSameID(event.requestID, other.requestID) || isEqual(event.traceID, other.traceID) { return 40 + bonus }
    let isAwaited = isAwaited(line, event, other)
    guard fit(event, other) || isAwaited else { return 0 }
    let distance = distance(to: line)
    let isNear = distance <= Limits.joinMicroseconds
    // A request is logged when it ends: only what came before it can be a slow one's.
    let isNext = line.number == lastNumber + 1 && event.httpPath.isEmpty && !other.httpPath.isEmpty
    let isSameClient = isEqual(event.sourceIP, other.sourceIP) || isEqual(event.actor, other.actor)
    if !event.httpPath.isEmpty, !other.httpPath.isEmpty {
      // One of two clocks may count whole seconds.
      guard isNear || (isSameClient && distance <= 2 * Limits.joinMicroseconds) else { return 0 }
      // What the clock says to be near comes before what may be.
      return (abs(line.time - time) <= Limits.joinMicroseconds ? 30 : 28) + bonus
    }
    if isSameClient {
      // Who is refused waits: PAM holds the answer back for some seconds, and sshd tells it then.
      let isOneAttempt =
        isSame && isEqual(event.sourceIP, other.sourceIP) && isEqual(event.actor, other.actor)
        && distance <= 3 * Limits.joinMicroseconds
      guard isNear || isNext || isOneAttempt || (isAwaited && distance <= 2 * Limits.joinMicroseconds) else { return 0 }
      return isSame || isPlainRequest(other) || isPlainRequest(event) || isAwaited ? 20 + bonus : 0
    }
    // A database that is away is told by every part of a program, a request's end by one.
    guard isNear || (isNext && event.category != "db") else { return 0 }
    if isNear, companions.contains(other.event) || line.hint.companions.contains(event.event) { return 12 }
    // Nothing links them but what the classifier says: this is how that request ends. A request that
    // two emitters have told already has had its line, and another's that ended before cannot be meant.
    guard emitters.count == 1, event.httpPath.isEmpty || isSame else { return 0 }
    // Who is refused a log-in has asked for a page; a socket is refused for what concerns sockets.
    if other.httpMethod == "WEBSOCKET", event.httpMethod.isEmpty, !Self.isAboutSockets(event.message) { return 0 }
    // A form that was filled in wrongly is no refused log-in, unless it is where people log in.
    if isFault(other, beside: event) || isFault(event, beside: other) { return 0 }
    return isAwaited && (isSame || line.hint.isByRequest) ? 10 + bonus : 0
  }

  /// Whether a request that no classifier knows by its path ended as any wrong input does, while the other line
  /// tells of somebody who wanted in.
  private func isFault(_ request: borrowing Event, beside line: borrowing Event) -> Bool {
    guard line.category == "authn", line.httpPath.isEmpty, isPlainRequest(request) else { return false }
    switch request.httpStatus {
    case 401, 403, 423, 429: return false
    case 400..<500: break
    default: return false
    }
    let path = request.httpPath.lowercased()
    return !Self.entrances.contains { path.contains($0) }
  }

  private static let entrances = [
    "login", "log-in", "signin", "sign-in", "logon", "auth", "token", "session", "sso", "saml", "oidc", "callback",
    "password", "passkey", "webauthn", "mfa", "2fa", "otp", "totp", "verify", "ldap", "acs", "account", "user",
    "graphql",
  ]

  private static func isAboutSockets(_ message: String) -> Bool {
    let folded = message.utf8.map(FieldTable.fold)
    return ["socket", "ticket", "token", "/ws"].contains { folded.offset(of: $0.utf8) != nil }
  }

  /// Two handlers of one logger write within this time.
  private static let doubleMicroseconds: Int64 = 5_000

  private func isEqual(_ a: String, _ b: String) -> Bool { !a.isEmpty && a == b }

  /// One id, though one of two programs writes a UUID without its dashes.
  private func isSameID(_ a: String, _ b: String) -> Bool {
    guard a.utf8.count != b.utf8.count, !a.isEmpty, !b.isEmpty else { return isEqual(a, b) }
    let (short, long) = a.utf8.count < b.utf8.count ? (a.utf8, b.utf8) : (b.utf8, a.utf8)
    guard short.count == 32, long.count == 36 else { return false }
    return long.lazy.filter { $0 != UInt8(ascii: "-") }.elementsEqual(short)
  }

  private func isPlainRequest(_ event: borrowing Event) -> Bool { event.event == "http_request" }

  /// Asked for every open event and line: what is cheap and parts most comes first.
  private func disagrees(_ line: JoinLine, _ event: borrowing Event, _ other: borrowing Event) -> Bool {
    func differ(_ a: String, _ b: String) -> Bool { !a.isEmpty && !b.isEmpty && a != b }
    if event.httpStatus != 0, other.httpStatus != 0, event.httpStatus != other.httpStatus { return true }
    if differ(event.httpMethod, other.httpMethod) || differ(event.traceID, other.traceID) { return true }
    if differ(event.sourceIP, other.sourceIP), !isProxyAddress, !line.hint.isProxyAddress { return true }
    if differ(event.actor, other.actor), event.actor.lowercased() != other.actor.lowercased() { return true }
    return differ(event.httpPath, other.httpPath) && Self.trimmed(event.httpPath) != Self.trimmed(other.httpPath)
  }

  private static func trimmed(_ path: String) -> Substring {
    path.utf8.count > 1 && path.hasSuffix("/") ? path.dropLast() : path[...]
  }

  /// Whether outcome and status of the two can belong together.
  private func fit(_ event: borrowing Event, _ other: borrowing Event) -> Bool {
    // A line that was awaited has told the status, or both have been named by what they say.
    if event.httpStatus != 0, event.httpStatus == other.httpStatus { return true }
    if event.event == other.event, event.outcome == other.outcome { return true }
    return fits(event, other.httpStatus) && fits(other, event.httpStatus)
  }

  private func fits(_ event: borrowing Event, _ status: Int64) -> Bool {
    guard status != 0 else { return true }
    switch event.outcome {
    case "failure": return status >= 400
    case "success": return status < 400
    default: return true
    }
  }

  /// Whether one of the two is a request and the other a line that waits for a request ending so.
  private func isAwaited(_ line: JoinLine, _ event: borrowing Event, _ other: borrowing Event) -> Bool {
    (event.httpPath.isEmpty && !other.httpPath.isEmpty && requestStatuses.contains(Int(other.httpStatus)))
      || (other.httpPath.isEmpty && !event.httpPath.isEmpty
        && line.hint.requestStatuses.contains(Int(event.httpStatus)))
  }

  // MARK: Adding a line

  /// - Parameter match: sets ``Event/matches`` anew.
  mutating func add(_ line: JoinLine, match: (inout Event) -> Void) {
    var event = shared.event
    add(line, line.event, to: &event)
    match(&event)
    shared = SharedEvent(event)
  }

  private mutating func add(_ line: JoinLine, _ other: Event, to event: inout Event) {
    event.message = keep(other.message, first: line.hint.priority > priority)
    lastNumber = line.number
    if isUntimed, line.isTimed {
      time = line.time
      isUntimed = false
    }
    if !heads.contains(line.headOffset) { heads.append(line.headOffset) }
    // The further lines of a record are no second telling.
    if !line.isContinuation {
      if let index = emitters.firstIndex(where: { $0.name == line.hint.emitter }) {
        emitters[index].count += 1
      } else {
        emitters.append(Emitter(name: line.hint.emitter))
      }
    }
    let known = event.lines
    event.lines += other.lines.filter { !known.contains($0) }
    event.lines.sort()
    if line.hint.priority > priority {
      priority = line.hint.priority
      event.event = other.event
      event.category = other.category
      event.outcome = other.outcome
      event.severity = other.severity
      event.classifier = other.classifier
      event.confidence = other.confidence
      event.logger = other.logger
      if !other.level.isEmpty { event.level = other.level }
      if !other.reason.isEmpty { event.reason = other.reason }
      if other.attrs != "{}" { event.attrs = other.attrs }
    }
    if !other.sourceIP.isEmpty, event.sourceIP.isEmpty || (isProxyAddress && !line.hint.isProxyAddress) {
      event.sourceIP = other.sourceIP
      isProxyAddress = line.hint.isProxyAddress
    }
    for column in Self.filled {
      if case .text(let mine) = event[column], mine.isEmpty { event.set(column, other[column]) }
    }
    if event.httpStatus == 0 { event.httpStatus = other.httpStatus }
    if event.certNotAfter == 0 { event.certNotAfter = other.certNotAfter }
    if event.attrs == "{}" { event.attrs = other.attrs }
    event.redactions += other.redactions
    if !other.redactionKinds.isEmpty {
      let kinds = Set((event.redactionKinds + "," + other.redactionKinds).split(separator: ",").map(String.init))
      event.redactionKinds = kinds.sorted().joined(separator: ",")
    }
    if requestStatuses.isEmpty { requestStatuses = line.hint.requestStatuses }
    companions += line.hint.companions
  }

  /// The text of the event with one more message: every line can be searched for by its own words,
  /// whatever the others say.
  private mutating func keep(_ message: String, first: Bool) -> String {
    if first {
      messages.removeAll { $0 == message }
      messages.insert(message, at: 0)
    } else if !message.isEmpty, !messages.contains(message) {
      messages.append(message)
    }
    if messages.count > Limits.joinedMessagesMax { messages.removeLast() }
    var text = ""
    for message in messages where !message.isEmpty {
      let bytes = text.utf8.count + message.utf8.count + 1
      guard text.isEmpty || bytes <= Limits.joinedMessageBytesMax else { continue }
      if !text.isEmpty { text += "\n" }
      text += message
    }
    return text
  }

  /// Columns that any line may tell.
  private static let filled: [Column] = [
    .actor, .actorType, .target, .objectType, .objectID, .fromValue, .toValue, .reason, .authMethod, .userAgent,
    .session,
    .requestID, .traceID, .spanID, .httpMethod, .httpPath, .dbSystem, .vulnID, .package, .packageVersion, .fixedVersion,
    .certSubject,
  ]
}

extension OpenEvent: Codable {
  private enum Key: String, CodingKey {
    case event, matches, isStored, heads, time, isUntimed, number, emitters, priority, statuses, companions, isProxy,
      firstMessage, messages, lastNumber
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    // Column by column: a public Codable event would be a door for text that was never redacted.
    var columns: [String: String] = [:]
    let empty = Event()
    for column in Column.allCases where event[column] != empty[column] {
      switch event[column] {
      case .text(let text): columns[column.rawValue] = text
      case .integer(let number): columns[column.rawValue] = String(number)
      }
    }
    try container.encode(columns, forKey: .event)
    try container.encode(event.matches, forKey: .matches)
    try container.encode(isStored, forKey: .isStored)
    try container.encode(heads, forKey: .heads)
    try container.encode(time, forKey: .time)
    if isUntimed { try container.encode(true, forKey: .isUntimed) }
    try container.encode(number, forKey: .number)
    let counts = Dictionary(emitters.map { ($0.name, $0.count) }, uniquingKeysWith: +)
    try container.encode(counts, forKey: .emitters)
    try container.encode(priority, forKey: .priority)
    try container.encode(requestStatuses.statuses, forKey: .statuses)
    try container.encode(companions, forKey: .companions)
    try container.encode(isProxyAddress, forKey: .isProxy)
    try container.encode(firstMessage, forKey: .firstMessage)
    try container.encode(messages, forKey: .messages)
    try container.encode(lastNumber, forKey: .lastNumber)
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    var event = Event()
    for (name, text) in try container.decode([String: String].self, forKey: .event) {
      guard let column = Column(rawValue: name) else { continue }
      event.set(column, column.isInteger ? .integer(Int64(text) ?? 0) : .text(text))
    }
    event.matches = try container.decode([String].self, forKey: .matches)
    shared = SharedEvent(event)
    isStored = try container.decode(Bool.self, forKey: .isStored)
    heads = try container.decodeIfPresent([Int64].self, forKey: .heads) ?? [event.sourceOffset]
    time = try container.decode(Int64.self, forKey: .time)
    isUntimed = try container.decodeIfPresent(Bool.self, forKey: .isUntimed) ?? false
    number = try container.decode(Int64.self, forKey: .number)
    emitters = try container.decode([String: Int].self, forKey: .emitters)
      .sorted { $0.key < $1.key }.map { Emitter(name: $0.key, count: $0.value) }
    priority = try container.decode(Int.self, forKey: .priority)
    var statuses = StatusSet()
    for status in try container.decode([Int].self, forKey: .statuses) where (100..<612).contains(status) {
      statuses.insert(status)
    }
    requestStatuses = statuses
    companions = try container.decode([String].self, forKey: .companions)
    isProxyAddress = try container.decode(Bool.self, forKey: .isProxy)
    firstMessage = try container.decode(String.self, forKey: .firstMessage)
    // Absent from the state of a version that kept the best line's message only.
    messages = try container.decodeIfPresent([String].self, forKey: .messages) ?? [event.message]
    lastNumber = try container.decodeIfPresent(Int64.self, forKey: .lastNumber) ?? number
  }
}
