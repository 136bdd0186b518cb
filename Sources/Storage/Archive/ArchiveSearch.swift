import Events

/// What is looked for in the archive.
public struct ArchiveSearch: Sendable {
  public enum Needle: Sendable {
    /// These very bytes.
    case text([UInt8])
    case expression(LinearRegex)
  }
  public var needle: Needle
  /// Event times, microseconds since 1970; `until` itself is excluded.
  public var since: Int64?
  public var until: Int64?
  /// Whether lines of this source count.
  public var takes: @Sendable (String) -> Bool = { _ in true }
  /// Zone of times that name none, by source.
  public var zone: @Sendable (String) -> String = { _ in "" }
  /// Whether ``ArchiveLine/time`` is wanted also where no range asks for it.
  public var wantsTimes = false

  public init(_ needle: Needle) { self.needle = needle }
}

/// A line of the archive. Its bytes are valid during the call it is given to.
public struct ArchiveLine {
  public let bytes: UnsafeRawBufferPointer
  public let source: String
  /// Its own time, else that of the line before it that has one; `nil` if it was not looked at.
  public let time: Int64?
}

/// What a search looked at.
public struct ArchiveSearchOutcome: Hashable, Sendable {
  public var lines: Int64 = 0
  /// Blocks that were decompressed, of how many.
  public var blocksRead = 0
  public var blocks = 0
  /// What could not be looked at.
  public var problems: [Problem] = []
}

extension EventStore {
  /// Finds lines, in the order in which they came.
  ///
  /// Only blocks that may hold lines of the range are read; lines more than
  /// ``StoreLimits/archiveDisorderMicroseconds`` out of order may lie in others.
  ///
  /// - Parameters:
  ///   - directory: where the files are if they were moved.
  ///   - each: returns `false` to stop.
  public func searchArchive(
    _ search: ArchiveSearch, clock: LineClock, directory: String? = nil, each: (ArchiveLine) throws -> Bool
  ) throws -> ArchiveSearchOutcome {
    var outcome = ArchiveSearchOutcome()
    let contents = try archive()
    let names = try archiveSources()
    let scanner = ArchiveScanner(search, clock, names)
    let since =
      search.since.map { $0.subtractingReportingOverflow(StoreLimits.archiveDisorderMicroseconds).partialValue } ?? .min
    let until =
      search.until.map { $0.addingReportingOverflow(StoreLimits.archiveDisorderMicroseconds).partialValue } ?? .max
    outcome.blocks = Int(try rows(sql: "SELECT count(*) FROM archive_blocks").rows.first?[0].int ?? 0)
    for segment in contents.segments where segment.lines > 0 && segment.lastTs >= since && segment.firstTs < until {
      do {
        let reader = try ArchiveReader(segment, directory: directory)
        for block in try archiveBlocks(of: segment, since: since, until: until) {
          guard scanner.mayHold(runs: block.runs) else { continue }
          do {
            outcome.blocksRead += 1
            guard try scanner.scan(reader.text(of: block), runs: block.runs, from: block.firstTs, &outcome, each) else {
              return outcome
            }
          } catch let problem as Problem where problem.code == .data {
            outcome.problems.append(problem)
          }
        }
      } catch let problem as Problem {
        outcome.problems.append(problem)
      }
    }
    for tail in contents.tails where tail.lastTs >= since && tail.firstTs < until && scanner.mayHold(runs: tail.runs) {
      guard try scanner.scan(tail.text, runs: tail.runs, from: tail.firstTs, &outcome, each) else { break }
    }
    return outcome
  }
}

/// Looks through texts for one search.
private final class ArchiveScanner {
  private let search: ArchiveSearch
  private let clock: LineClock
  private let names: [Int64: String]
  private let isBounded: Bool
  private var taken: [String: Bool] = [:]

  init(_ search: ArchiveSearch, _ clock: LineClock, _ names: [Int64: String]) {
    self.search = search
    self.clock = clock
    self.names = names
    isBounded = search.since != nil || search.until != nil
  }

  private func takes(_ source: String) -> Bool {
    if let known = taken[source] { return known }
    let isTaken = search.takes(source)
    taken[source] = isTaken
    return isTaken
  }

  func mayHold(runs: String) -> Bool { EventStore.decode(runs: runs, names).contains { takes($0.source) } }

  /// - Returns: whether to go on.
  func scan(
    _ text: [UInt8], runs: String, from firstTs: Int64, _ outcome: inout ArchiveSearchOutcome,
    _ each: (ArchiveLine) throws -> Bool
  ) throws -> Bool {
    var start = 0
    for run in EventStore.decode(runs: runs, names) {
      let end = min(text.count, start + run.bytes)
      defer { start = end }
      guard takes(run.source) else { continue }
      let isGoingOn = try text.withUnsafeBytes { bytes in
        let part = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        var at = 0
        while let line = next(in: part, from: at) {
          at = line.upperBound + 1
          var time: Int64?
          if isBounded || search.wantsTimes {
            let found = self.time(of: line, in: part, source: run.source, near: firstTs) ?? firstTs
            if let since = search.since, found < since { continue }
            if let until = search.until, found >= until { continue }
            time = found
          }
          outcome.lines += 1
          let found = ArchiveLine(
            bytes: UnsafeRawBufferPointer(rebasing: part[line]), source: run.source, time: time)
          if try !each(found) { return false }
        }
        return true
      }
      if !isGoingOn { return false }
    }
    return true
  }

  /// The next line that holds what is looked for.
  private func next(in text: UnsafeRawBufferPointer, from start: Int) -> Range<Int>? {
    guard start < text.count else { return nil }
    let lines = LineFinder(text)
    switch search.needle {
    case .text(let needle):
      guard let place = lines.first(needle, from: start) else { return nil }
      return max(start, lines.lineStart(at: place))..<lines.lineEnd(from: place)
    case .expression(let expression):
      var begin = start
      while begin < text.count {
        let line = begin..<lines.lineEnd(from: begin)
        if expression.occurs(in: UnsafeRawBufferPointer(rebasing: text[line])) { return line }
        begin = line.upperBound + 1
      }
      return nil
    }
  }

  /// A line without a time takes that of the one before it, as when it was read.
  private func time(of line: Range<Int>, in text: UnsafeRawBufferPointer, source: String, near reference: Int64)
    -> Int64?
  {
    var line = line
    for _ in 0..<StoreLimits.archiveLinesLookedBack {
      if let time = clock.time(
        of: UnsafeRawBufferPointer(rebasing: text[line]), zone: search.zone(source), reference: reference)
      {
        return time
      }
      guard line.lowerBound > 0 else { return nil }
      let end = line.lowerBound - 1
      line = LineFinder(text).lineStart(at: end)..<end
    }
    return nil
  }
}
