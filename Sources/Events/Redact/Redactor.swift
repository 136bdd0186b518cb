import CKernels

/// Hides secrets in raw bytes by splicing, never by re-serialising: a line without secrets stays
/// byte-identical, JSON stays valid and keeps its keys.
///
/// One redactor serves one thread: it owns scratch memory. Compiled tables are shared through
/// ``init(sharing:)``.
///
/// How it works: one SIMD pass finds literals (words of field names, starts of credentials, marks such
/// as `://`); a cheap look at each decides whether its line needs a closer one; all other lines are
/// copied. A line that needs it is walked as a structure or read as text; see `LineRedactor`.
public final class Redactor {
  let tables: RedactionTables
  private let line: LineRedactor
  private let key: PseudonymKey?
  private var scanner: LiteralScanner
  private var members: [Frame] = []
  private let settling = Scratch()
  private lazy var joiner = LineRedactor(tables, pseudonyms: key)
  private var markers: [[UInt8]]
  private var kindNumbers: [Int]
  private let kindNames: [String]
  private var counts: [Int64]
  private var lastKinds: [Int] = []

  /// Whether every line is read closely, as if each held something suspicious: for tests of the fast path.
  var readsEveryLine = false {
    didSet { line.readsEverything = readsEveryLine }
  }

  /// Whether ``findings`` is filled.
  public var wantsFindings = false {
    didSet {
      line.wantsPlaces = wantsFindings
      joiner.wantsPlaces = wantsFindings
    }
  }

  /// Whether ``places`` is filled.
  public var wantsPlaces = false

  /// By what and under which names the last call hid values, in order, if ``wantsPlaces``.
  public private(set) var places: [RedactionPlace] = []

  /// What was hidden by the last call, in order, if ``wantsFindings``. It never holds a value.
  public private(set) var findings: [RedactionFinding] = []

  /// - Throws: ``Problem`` for a broken pattern.
  public convenience init(_ options: RedactionOptions) throws { try self.init(options, variant: .best) }

  /// As the public one, with one of the ways to scan: for tests that they agree.
  convenience init(_ options: RedactionOptions, variant: LiteralScanner.Variant) throws {
    try self.init(options.isStandard ? RedactionTables.standard.get() : RedactionTables(options), options, variant)
  }

  private init(_ tables: RedactionTables, _ options: RedactionOptions, _ variant: LiteralScanner.Variant) {
    self.tables = tables
    self.options = options
    key = options.key.map(PseudonymKey.init)
    line = LineRedactor(tables, pseudonyms: key, variant: variant)
    scanner = LiteralScanner(tables.literals, variant: variant)
    let names = Array(Set(tables.rules.map(\.kind))).sorted()
    kindNames = names
    kindNumbers = tables.rules.map { names.firstIndex(of: $0.kind)! }
    counts = Array(repeating: 0, count: names.count)
    markers = tables.rules.map { Array("[REDACTED:\($0.kind)]".utf8) }
  }

  private let options: RedactionOptions

  /// A redactor for another thread, with the same options and tables.
  public convenience init(sharing other: Redactor) { self.init(other.tables, other.options, .best) }

  /// Kinds of the values hidden by the last call, in order of place.
  public var kinds: [String] { lastKinds.map { kindNames[$0] } }

  /// Values hidden since the last call of this, by kind.
  public func takeCounts() -> [String: Int64] {
    var sums: [String: Int64] = [:]
    for (number, count) in counts.enumerated() where count > 0 { sums[kindNames[number]] = count }
    counts = Array(repeating: 0, count: counts.count)
    return sums
  }

  /// Tries the samples that the user's patterns bring: a pattern that does not hide its own `matches`,
  /// or hides its own `ignores`, is a fault of its file.
  ///
  /// - Throws: ``Problem`` for a broken pattern.
  public static func checkSamples(_ options: RedactionOptions) throws -> [Problem] {
    let redactor = try Redactor(options)
    var problems: [Problem] = []
    for file in options.extraPatterns {
      for (entry, place) in try RedactionTables.entries(file) {
        for (number, text) in (entry.matches ?? []).enumerated() where redactor.redact(text) == text {
          problems.append(Problem(.config, at: place, "'\(entry.id)' hides nothing in its match \(number + 1)"))
        }
        for (number, text) in (entry.ignores ?? []).enumerated() where redactor.redact(text) != text {
          problems.append(Problem(.config, at: place, "'\(entry.id)': its ignored text \(number + 1) is changed"))
        }
      }
    }
    return problems
  }

  // MARK: - One line

  /// Redacts one line (no newline at its end) onto the end of `output`.
  ///
  /// - Returns: how many values were hidden; their kinds are in ``kinds`` until the next call.
  public func redact(line bytes: UnsafeRawBufferPointer, onto output: inout [UInt8]) -> Int {
    var state = RedactionState()
    return redact(line: bytes, state: &state, onto: &output)
  }

  /// Redacts one line of a source whose earlier lines left `state`: a private key over several lines.
  public func redact(line bytes: UnsafeRawBufferPointer, state: inout RedactionState, onto output: inout [UInt8]) -> Int
  {
    begin()
    guard let view = ByteView(bytes) else { return 0 }
    guard bytes.count <= Limits.lineBytesMax else {
      output.append(contentsOf: Self.stub(reason: "too_long", bytes: bytes.count).utf8)
      lastKinds.append(kindNumbers[RedactionTables.Rules.tooDeep.rawValue])
      return 1
    }
    scanner.scan(bytes)
    defer { state.memory.advance(view.count + 1) }
    var reading = LineRedactor.Reading.unclear
    let mustRead = state.expectsMore || readsEveryLine
    if !mustRead { reading = read(view, 0, view.count, 0..<scanner.count) }
    if reading != .nothing || state.memory.first(view, 0, view.count, from: 0, at: 0) != nil {
      return close(
        view, 0, view.count, 0..<scanner.count, &state, at: 0, after: mustRead ? nil : reading, onto: &output)
    }
    output.append(contentsOf: bytes)
    return 0
  }

  /// Redacts a text, such as a message of ours.
  public func redact(_ text: String) -> String {
    var text = text
    return text.withUTF8 { bytes in
      var output: [UInt8] = []
      _ = redact(line: UnsafeRawBufferPointer(bytes), onto: &output)
      return String(decoding: output, as: UTF8.self)
    }
  }

  /// What stands for a line that is not shown, as one JSON object.
  public static func stub(reason: String, bytes: Int, source: String = "", offset: Int64 = -1) -> String {
    var text = "{\"seclog\":\"[REDACTED:line]\",\"reason\":\"\(reason)\",\"bytes\":\(bytes)"
    if offset >= 0 { text += ",\"offset\":\(offset)" }
    return text + "}"
  }

  // MARK: - Many lines

  /// Whether more bytes may follow what a call is given.
  public enum Ending: Sendable {
    /// A record whose last part is missing is left for the next call.
    case more
    /// The last part of a record will not come in time: what is there is hidden (decision 16).
    case final
  }

  /// Redacts the whole lines at the start of `block` onto the end of `output`, newlines included.
  ///
  /// One line comes out for each line that goes in, in order. Docker and CRI write long lines in
  /// parts; the parts are joined before they are read, and each part goes out on its own line.
  ///
  /// - Returns: how many bytes were consumed: whole lines, and no part of an unfinished record unless
  ///   `ending` is `final` or `Limits.heldLinesMax` parts are waiting. An unterminated last line is left.
  public func redact(
    block: UnsafeRawBufferPointer, state: inout RedactionState, ending: Ending = .more, onto output: inout [UInt8]
  ) -> Int {
    begin()
    guard let view = ByteView(block) else { return 0 }
    let length = Int(ck_last_newline(view.base, view.count)) + 1
    guard length > 0 else { return 0 }
    scanner.scan(view.raw(0, length))
    var copied = 0  // Everything before is in the output.
    var index = 0
    var lineStart = 0
    var remembered = 0  // Lines before hold no copy of a secret that is known.
    defer { state.memory.advance(copied) }
    // Reads the line at `start` closely and copies what stands before it.
    while true {
      var isEcho = false
      if state.expectsMore || readsEveryLine {
        lineStart = copied
        if lineStart >= length { break }
      } else {
        if index < scanner.count {
          let position = scanner[index].position
          if position < copied {
            index += 1
            continue
          }
          lineStart = max(copied, Int(ck_last_newline(view.base, position)) + 1)
        } else if state.memory.isIdle {
          break
        } else {
          lineStart = length
        }
        // A bare copy of a known secret on the lines in between, or on this one.
        let from = max(copied, remembered)
        let to = lineStart < length ? view.nextNewline(from: lineStart, to: length) : length
        if from < to, let echo = state.memory.first(view, from, to, from: from, at: from) {
          lineStart = max(copied, Int(ck_last_newline(view.base, echo.start)) + 1)
          index = firstHit(from: lineStart, before: index)
          isEcho = true
        } else {
          remembered = to
          if lineStart >= length { break }
        }
      }
      let lineEnd = view.nextNewline(from: lineStart, to: length)
      while index < scanner.count, scanner[index].position < lineStart { index += 1 }
      var last = index
      while last < scanner.count, scanner[last].position < lineEnd { last += 1 }
      let hits = index..<last
      var reading: LineRedactor.Reading?
      if !isEcho, !state.expectsMore, !readsEveryLine { reading = read(view, lineStart, lineEnd, hits) }
      if reading != .nothing {
        if lineStart > copied { output.append(contentsOf: view.raw(copied, lineStart)) }
        copied = lineStart
        if let part = part(view, lineStart, lineEnd) {
          guard let end = record(view, lineStart, lineEnd, length, part, ending, &state, onto: &output) else {
            return copied
          }
          copied = end
        } else {
          let hasCopies = isEcho || remembered < lineEnd
          _ = close(
            view, lineStart, lineEnd, hits, &state, at: lineStart, hasCopies: hasCopies, after: reading, onto: &output)
          output.append(0x0A)
          copied = lineEnd + 1
        }
      }
      index = last
    }
    if copied < length { output.append(contentsOf: view.raw(copied, length)) }
    copied = length
    return length
  }

  /// The first of the hits before number `end` at or after `position`.
  private func firstHit(from position: Int, before end: Int) -> Int {
    var low = 0
    var high = end
    while low < high {
      let middle = (low + high) / 2
      if scanner[middle].position < position { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func begin() {
    lastKinds.removeAll(keepingCapacity: true)
    if wantsFindings { findings.removeAll(keepingCapacity: true) }
    if wantsPlaces { places.removeAll(keepingCapacity: true) }
  }

  /// Reads a line closely and appends it, without a newline. It begins `at` bytes behind what the memory
  /// of the source was told of.
  private func close(
    _ view: ByteView, _ start: Int, _ end: Int, _ hits: Range<Int>, _ state: inout RedactionState, at: Int,
    hasCopies: Bool = true, after reading: LineRedactor.Reading? = nil, onto output: inout [UInt8]
  ) -> Int {
    if end - start > Limits.lineBytesMax {
      output.append(contentsOf: Self.stub(reason: "too_long", bytes: end - start).utf8)
      return 1
    }
    load(view, start, end, hits)
    return close(&state, at: at, hasCopies: hasCopies, after: reading, onto: &output)
  }

  /// As ``close(_:_:_:_:_:at:hasCopies:after:onto:)``, of a line that was loaded.
  private func close(
    _ state: inout RedactionState, at: Int, hasCopies: Bool = true, after reading: LineRedactor.Reading? = nil,
    onto output: inout [UInt8]
  ) -> Int {
    let frame = line.frames[0]
    if reading == .told {
      line.takePassages()
    } else {
      if reading == nil { line.linePassages.forget() }
      line.run()
    }
    state.start(with: frame.view)
    if !state.isInsidePEM || !state.hideBody(of: frame.view, with: line) {
      if line.isInsidePEM { state.begin(isSure: !line.isUnsurePEM) }
      state.proceed(with: line)
      line.hideKnown(&state.memory, at: at, hasCopies: hasCopies)
    }
    let mark = output.count
    let count = splice(frame.view, line.findings, from: line, onto: &output)
    if count == 0 || wantsFindings || line.hidesWholeStrings { return count }
    return count + settle(from: mark, onto: &output)
  }

  /// Reads what became of a line again until nothing more is hidden: a marker may end a word where none ended before,
  /// so that what is behind it looks like a secret. What was redacted once does not change when it is redacted again.
  private func settle(from mark: Int, onto output: inout [UInt8]) -> Int {
    var count = 0
    for _ in 0..<Limits.redactionRoundsMax {
      settling.removeAll()
      output.withUnsafeBytes { settling.append(UnsafeRawBufferPointer(rebasing: $0[mark...])) }
      let frame = line.frames[0]
      frame.view = settling.view
      frame.scan()
      let reading =
        readsEveryLine
        ? nil : read(frame.view, 0, frame.view.count, 0..<frame.hits.count, of: { frame.hits[$0] }, load: {})
      if reading == .nothing { break }
      if reading == .told { line.takePassages() } else { line.run() }
      guard !line.findings.isEmpty else { break }
      output.removeLast(output.count - mark)
      count += splice(frame.view, line.findings, from: line, onto: &output)
    }
    return count
  }

  /// Gives the line and its hits to `line`, which reads it.
  private func load(_ view: ByteView, _ start: Int, _ end: Int, _ hits: Range<Int>) {
    let frame = line.frames[0]
    frame.view = ByteView(base: view.base + start, count: end - start)
    frame.removeHits()
    for i in hits {
      let hit = scanner[i]
      // A literal may reach over the newline; then it is not on this line.
      if hit.position + tables.literalLengths[hit.literal] <= end {
        frame.addHit(hit.position - start, hit.literal)
      }
    }
  }

  private func splice(
    _ view: ByteView, _ found: [LineRedactor.Finding], from line: LineRedactor, onto output: inout [UInt8]
  ) -> Int {
    var from = 0
    for finding in found {
      let hidden = from
      output.append(contentsOf: view.raw(from, finding.start))
      if finding.needsQuotes { output.append(UInt8(ascii: "\"")) }
      let marker = markers[finding.rule]
      if finding.pseudonym != 0, let key {
        output.append(contentsOf: marker.dropLast())
        output.append(contentsOf: ":h:\(key.id):".utf8)
        for shift in stride(from: 60, through: 0, by: -4) {
          let digit = UInt8(finding.pseudonym >> UInt64(shift) & 15)
          output.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
        output.append(UInt8(ascii: "]"))
      } else {
        output.append(contentsOf: marker)
      }
      if finding.needsQuotes { output.append(UInt8(ascii: "\"")) }
      from = finding.end
      let kind = kindNumbers[finding.rule]
      counts[kind] += 1
      lastKinds.append(kind)
      if wantsPlaces {
        places.append(
          RedactionPlace(
            rule: tables.rules[finding.rule].id, field: line.nameBefore(finding.start, after: hidden, on: view)))
      }
      if wantsFindings {
        findings.append(
          RedactionFinding(
            rule: tables.rules[finding.rule].id, kind: tables.rules[finding.rule].kind,
            place: finding.place >= 0 ? line.places[finding.place] : "column \(finding.start + 1)",
            column: finding.start + 1, bytes: finding.end - finding.start))
      }
    }
    output.append(contentsOf: view.raw(from, view.count))
    return found.count
  }

  // MARK: - Is a closer look needed?

  /// What the hits of a line tell by themselves. Never `nothing` for a line that holds a secret: a test compares
  /// with reading every line closely.
  @inline(__always)
  private func read(_ view: ByteView, _ start: Int, _ end: Int, _ hits: Range<Int>) -> LineRedactor.Reading {
    read(view, start, end, hits, of: { scanner[$0] }, load: { load(view, start, end, hits) })
  }

  @inline(__always)
  private func read(
    _ view: ByteView, _ start: Int, _ end: Int, _ hits: Range<Int>, of hit: (Int) -> LiteralScanner.Hit,
    load: () -> Void
  ) -> LineRedactor.Reading {
    var seen = LineRedactor.Seen(start: start)
    line.linePassages.forget()
    var reading = LineRedactor.Reading.nothing
    for i in hits {
      let hit = hit(i)
      let anchor = tables.anchors[hit.literal]
      if hit.position < seen.strings, anchor.isOfText { continue }
      let after = hit.position + tables.literalLengths[hit.literal]
      guard after <= end, line.suspects(view, start, end, hit.position, after, anchor, &seen) else { continue }
      if anchor.isOfText, seen.structure < 0 {
        load()
        line.beginReading(&seen)
      }
      let next = line.read(0, hit.position - start, after - start, anchor, &seen)
      guard next != .nothing else { continue }
      if reading == .nothing { line.linePassages.harmlessEnd = hit.position - start }
      reading = next
      guard next == .told, tables.keptFields.isEmpty, tables.hiddenFields.isEmpty, tables.users == .keep else {
        return .unclear
      }
    }
    return reading
  }

  // MARK: - Records in parts

  private enum Part {
    case docker(content: Range<Int>, isLast: Bool, stream: UInt8)
    case cri(content: Range<Int>, isLast: Bool, stream: UInt8)
  }

  /// The first part of a record in parts, or nil for any other line.
  private func part(_ view: ByteView, _ start: Int, _ end: Int) -> Part? {
    guard let part = anyPart(view, start, end) else { return nil }
    switch part {
    case .docker(_, let isLast, _), .cri(_, let isLast, _): return isLast ? nil : part
    }
  }

  private func anyPart(_ view: ByteView, _ start: Int, _ end: Int) -> Part? {
    if view.has("{\"log\":\"", at: start) {
      let close = line.endOfString(view, start + 7, end)
      guard close < end, view.has("\",\"stream\":\"std", at: close), close + 15 < end else { return nil }
      let isLast =
        close - 2 >= start + 8 && view[close - 1] == UInt8(ascii: "n") && view[close - 2] == UInt8(ascii: "\\")
        && !(close - 3 >= start + 8 && view[close - 3] == UInt8(ascii: "\\") && evenSlashes(view, start + 8, close - 2))
      return .docker(content: (start + 8)..<close, isLast: isLast, stream: view[close + 15])
    }
    // 2026-11-21T05:41:09.250000000Z stdout P text
    guard isDigit(view.at(start)) else { return nil }
    var i = start
    while i < end, i < start + 48, view[i] != 0x20 { i += 1 }
    guard i - start >= 19, i < end, view.has(" stdout ", at: i) || view.has(" stderr ", at: i),
      i + 10 <= end
    else { return nil }
    let flag = view[i + 8]
    guard flag == UInt8(ascii: "P") || flag == UInt8(ascii: "F"), i + 9 < end, view[i + 9] == 0x20 else { return nil }
    return .cri(content: (i + 10)..<end, isLast: flag == UInt8(ascii: "F"), stream: view[i + 4])
  }

  /// Whether an even number of backslashes, at least two, ends before `index`: then `\n` there is no newline.
  private func evenSlashes(_ view: ByteView, _ low: Int, _ index: Int) -> Bool {
    var run = 0
    var i = index
    while i >= low, view[i] == UInt8(ascii: "\\") {
      run += 1
      i -= 1
    }
    return run % 2 == 0
  }

  /// Redacts a record in parts.
  ///
  /// - Returns: where it ends, or nil if its last part is not there yet.
  private func record(
    _ view: ByteView, _ start: Int, _ firstEnd: Int, _ length: Int, _ first: Part, _ ending: Ending,
    _ state: inout RedactionState,
    onto output: inout [UInt8]
  ) -> Int? {
    struct Line {
      var start: Int
      var end: Int
      var content: Range<Int>?
    }
    func content(_ part: Part) -> (Range<Int>, Bool, UInt8, Bool) {
      switch part {
      case .docker(let content, let isLast, let stream): (content, isLast, stream, true)
      case .cri(let content, let isLast, let stream): (content, isLast, stream, false)
      }
    }
    let (firstContent, _, stream, isDocker) = content(first)
    var lines = [Line(start: start, end: firstEnd, content: firstContent)]
    var next = firstEnd + 1
    var isComplete = false
    var bytes = firstContent.count
    while next < length, lines.count < Limits.heldLinesMax, bytes <= Limits.lineBytesMax {
      let end = view.nextNewline(from: next, to: length)
      if let part = anyPart(view, next, end) {
        let (range, isLast, itsStream, itsDocker) = content(part)
        if itsStream == stream, itsDocker == isDocker {
          lines.append(Line(start: next, end: end, content: range))
          bytes += range.count
          next = end + 1
          if isLast {
            isComplete = true
            break
          }
          continue
        }
      }
      lines.append(Line(start: next, end: end, content: nil))  // Another stream in between.
      next = end + 1
    }
    if !isComplete, ending == .more, lines.count < Limits.heldLinesMax, bytes <= Limits.lineBytesMax { return nil }

    var found: [LineRedactor.Finding] = []
    var starts: [Int] = []
    if isComplete {
      let joined = joiner.frames[0]
      joined.scratch.removeAll()
      var number = 0
      for line in lines {
        starts.append(joined.scratch.count)
        guard let content = line.content else { continue }
        if members.count == number { members.append(Frame(tables.literals)) }
        members[number].decode(view, content.lowerBound, content.upperBound, as: isDocker ? .backslash : .plain)
        joined.scratch.append(members[number].view.raw(0, members[number].view.count))
        number += 1
      }
      starts.append(joined.scratch.count)
      joined.view = joined.scratch.view
      joined.scan()
      joiner.run()
      found = joiner.findings
      if joiner.isInsidePEM { state.begin() }
    }
    var member = 0
    for (number, entry) in lines.enumerated() {
      guard let content = entry.content else {
        if entry.end - entry.start > Limits.lineBytesMax {
          output.append(contentsOf: Self.stub(reason: "too_long", bytes: entry.end - entry.start).utf8)
        } else {
          // Scanned by itself: the hits of the block are still needed.
          line.frames[0].view = ByteView(base: view.base + entry.start, count: entry.end - entry.start)
          line.frames[0].scan()
          _ = close(&state, at: entry.start, onto: &output)
        }
        output.append(0x0A)
        continue
      }
      let lineView = ByteView(base: view.base + entry.start, count: entry.end - entry.start)
      var mine: [LineRedactor.Finding] = []
      if isComplete {
        let low = starts[number]
        let high = starts[number + 1]
        for finding in found where finding.start < high && finding.end > low {
          var own = finding
          own.start = members[member].sourceOffset(max(finding.start, low) - low) - entry.start
          own.end =
            (finding.end >= high ? content.upperBound : members[member].sourceOffset(finding.end - low)) - entry.start
          // The newline that ends the record is not part of a secret.
          if isDocker, own.end == content.upperBound - entry.start, number == lines.count - 1, own.end - 2 > own.start,
            lineView[own.end - 1] == UInt8(ascii: "n"), lineView[own.end - 2] == UInt8(ascii: "\\")
          {
            own.end -= 2
          }
          own.needsQuotes = finding.needsQuotes && finding.start >= low && finding.end <= high
          if isDocker { own.needsQuotes = false }
          own.place = -1
          if own.end > own.start { mine.append(own) }
        }
      } else if content.count > 0 {
        mine = [
          LineRedactor.Finding(
            start: content.lowerBound - entry.start, end: content.upperBound - entry.start,
            rule: RedactionTables.Rules.partial.rawValue)
        ]
      }
      member += 1
      _ = splice(lineView, mine, from: joiner, onto: &output)
      output.append(0x0A)
    }
    return next
  }
}
