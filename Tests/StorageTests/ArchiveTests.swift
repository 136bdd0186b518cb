import Foundation
import GRDB
import TestSupport
import Testing

@testable import Events
@testable import Storage

/// Lines that survive whatever happens to the process and the files that keep them.
struct ArchiveTests {
  let folder: TemporaryFolder
  let press = ArchivePress()

  init() throws { folder = try TemporaryFolder() }

  nonisolated(unsafe) private static let clock = Result { try LineClock(ReaderConfiguration()) }
  private static let start: Int64 = 1_790_000_000_000_000

  private func store() throws -> EventStore { try EventStore(path: folder.path("e.db"), access: .readWrite) }

  private func open(
    _ store: EventStore, now: Int64 = start,
    _ change: (inout ArchivedStore.Options) -> Void = { _ in }
  ) throws -> ArchivedStore {
    var options = ArchivedStore.Options(directory: folder.path("archive"))
    change(&options)
    return try ArchivedStore(store, options, now: { now })
  }

  /// The `n`-th line of a log, a second after the one before, and as long as random pleases.
  private func line(_ n: Int, _ random: inout SeededGenerator) -> [UInt8] {
    let time = Timestamp.rfc3339(Self.start + Int64(n) * 1_000_000)
    let padding = String(repeating: "x", count: Int.random(in: 0...2_000, using: &random))
    return Array("{\"time\":\"\(time)\",\"msg\":\"line \(n) of many\",\"pad\":\"\(padding)\"}\n".utf8)
  }

  /// A commit of the next lines, in as many pieces as there were reads.
  private func commit(_ numbers: Range<Int>, reads: Int = 3, _ random: inout SeededGenerator) -> (Commit, [UInt8]) {
    var cutter = ArchiveCutter(press)
    var all: [UInt8] = []
    for part in 0..<reads {
      let share =
        numbers.lowerBound + numbers.count * part / reads..<numbers.lowerBound + numbers.count * (part + 1) / reads
      var text: [UInt8] = []
      for number in share { text += line(number, &random) }
      guard !text.isEmpty else { continue }
      let times =
        Self.start + Int64(share.lowerBound) * 1_000_000...Self.start + Int64(share.upperBound - 1) * 1_000_000
      cutter.take(text, of: part % 2 == 0 ? "/even.log" : "/odd.log", times: times)
      all += text
    }
    var commit = Commit()
    commit.archive = cutter.finish()
    commit.positions = [
      StoredPosition(key: "k", path: "/k", offset: Int64(numbers.upperBound), identity: "{}", state: "{}")
    ]
    return (commit, all)
  }

  /// All text, as a reader of the tables sees it.
  private func text(_ store: EventStore) throws -> [UInt8] {
    let contents = try store.archive()
    var text: [UInt8] = []
    for segment in contents.segments where segment.length > 0 {
      let reader = try ArchiveReader(segment)
      for block in try store.archiveBlocks(of: segment) { text += try reader.text(of: block) }
    }
    for tail in contents.tails { text += tail.text }
    return text
  }

  private func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path("archive")).sorted().map {
      folder.path("archive/\($0)")
    }
  }

  /// What everybody else sees.
  private func zcat() throws -> [UInt8] {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/zcat")
    process.arguments = try files()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    try process.run()
    let shown = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return Array(shown)
  }

  @Test func `a segment that has no block yet is no damaged file`() throws {
    var random = SeededGenerator(seed: 1)
    let store = try store()
    let archive = try open(store)
    try archive.commit(commit(0..<3, &random).0)
    #expect(try files().count == 1)
    #expect(try zcat() == [])
    #expect(try store.verifyArchive().problems == [])
  }

  @Test func `what is in no transaction is cut at the next start, wherever writing stopped`() throws {
    var random = SeededGenerator(seed: 11)
    let store = try store()
    var expected: [UInt8] = []
    var next = 0
    for round in 0..<12 {
      let archive = try open(store)
      let (commit, text) = commit(next..<next + [40, 300, 900][round % 3], &random)
      next += text.isEmpty ? 0 : [40, 300, 900][round % 3]
      try archive.commit(commit)
      expected += text
      // The process dies while it writes: some bytes of a member that nobody committed.
      if let file = try files().last {
        let handle = try #require(FileHandle(forWritingAtPath: file))
        try handle.seekToEnd()
        let rest = GzipPress().member(
          of: {
            var text = ArchiveText(); text.bytes = line(0, &random); return text
          }()
        ).bytes
        try handle.write(contentsOf: Data(rest.prefix(Int.random(in: 1...rest.count, using: &random))))
        try handle.close()
      }
    }
    let archive = try open(store)
    #expect(try text(store) == expected)
    #expect(try zcat().count <= expected.count)
    try archive.finish()
    #expect(try text(store) == expected)
    #expect(try store.archive().tails.isEmpty)
    #expect(try store.verifyArchive().problems == [])
    #expect(try zcat() == expected)
    for file in try files() {
      #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
    }
  }

  @Test(arguments: [20, 900])
  func `a commit that the store refuses leaves nothing, and goes through when tried again`(count: Int) throws {
    var random = SeededGenerator(seed: 5)
    let store = try store()
    let archive = try open(store)
    let (first, before) = commit(0..<100, &random)
    try archive.commit(first)
    let (second, text) = commit(100..<100 + count, &random)
    try store.write { db in
      try db.execute(
        sql: "CREATE TRIGGER refuse BEFORE INSERT ON positions BEGIN SELECT RAISE(ABORT, 'refused'); END")
    }
    let sizes = try files().map { try Data(contentsOf: URL(fileURLWithPath: $0)).count }
    #expect(throws: Problem.self) { try archive.commit(second) }
    #expect(throws: Problem.self) { try archive.commit(second) }
    let after = try files().map { try Data(contentsOf: URL(fileURLWithPath: $0)).count }
    #expect(after == sizes)
    #expect(try self.text(store) == before)
    try store.write { try $0.execute(sql: "DROP TRIGGER refuse") }
    try archive.commit(second)
    #expect(try self.text(store) == before + text)
    #expect(try store.verifyArchive().problems == [])
  }

  @Test func `a segment ends when it is large or old, and the next begins`() throws {
    var random = SeededGenerator(seed: 3)
    let store = try store()
    var expected: [UInt8] = []
    let hour: Int64 = 3_600_000_000
    for day in 0..<3 {
      let archive = try open(store, now: Self.start + Int64(day) * 23 * hour) { $0.segmentBytesMax = 5_000 }
      for part in 0..<3 {
        let (commit, text) = commit((day * 3 + part) * 1000..<(day * 3 + part + 1) * 1000, &random)
        try archive.commit(commit)
        expected += text
      }
    }
    let old = try open(store, now: Self.start + 100 * hour)
    let (last, text) = commit(9000..<9010, &random)
    try old.commit(last)
    #expect(try self.text(store) == expected + text)
    let segments = try store.archive().segments
    #expect(segments.count > 3)
    #expect(segments.dropLast().filter { !$0.isClosed } == [])
    #expect(segments.last?.begunAt == Self.start + 100 * hour)
    #expect(zip(segments, segments.dropFirst()).allSatisfy { $0.lastTs < $1.firstTs || $1.lines == 0 })
  }

  /// Collectors that start within one second, after whatever happened to the files of the others.
  @Test func `no name of a segment is used twice, even within one second`() throws {
    var random = SeededGenerator(seed: 12)
    let store = try store()
    var names: [String] = []
    func collect(_ store: EventStore, _ numbers: Range<Int>) throws {
      let archive = try open(store) { $0.segmentBytesMax = 1 }
      for part in [numbers.prefix(numbers.count / 2), numbers.suffix((numbers.count + 1) / 2)] {
        try archive.commit(commit(part, reads: 1, &random).0)
      }
      let all = try store.archive().segments.map(\.path)
      #expect(Array(all.prefix(names.count)) == names)
      #expect(Set(all).count == all.count)
      names = all
    }
    for start in 0..<3 { try collect(store, start * 10..<start * 10 + 10) }
    #expect(names.count == 6)
    #expect(names == names.sorted())
    // A power cut takes a file whose name the store has.
    unlink(names[1])
    unlink(names[5])
    try collect(store, 30..<40)
    #expect(names.count > 6)
    #expect(try files() == names.enumerated().filter { $0.offset != 1 && $0.offset != 5 }.map(\.element))
    // Another store begins where the files of the first lie.
    let before = try files()
    names = []
    try collect(try EventStore(path: folder.path("other.db"), access: .readWrite), 40..<50)
    #expect(names.count == 2)
    #expect(try files() == (before + names).sorted())
  }

  @Test func `a segment that another process writes is left alone`() throws {
    var random = SeededGenerator(seed: 8)
    let store = try store()
    let first = try open(store)
    try first.commit(commit(0..<400, &random).0)
    let second = try open(try EventStore(path: store.path, access: .readWrite))
    try second.commit(commit(400..<800, &random).0)
    try first.commit(commit(800..<1200, &random).0)
    #expect(try store.archive().segments.count == 2)
    #expect(try store.verifyArchive().problems == [])
    let all = try text(store)
    #expect(String(decoding: all, as: UTF8.self).components(separatedBy: "of many").count == 1201)
  }

  @Test(arguments: ["changed", "shorter", "longer", "gone"])
  func `damage is found and told with its times`(damage: String) throws {
    var random = SeededGenerator(seed: 21)
    let store = try store()
    let archive = try open(store) { $0.segmentBytesMax = 1 }
    try archive.commit(commit(0..<1000, &random).0)
    try archive.commit(commit(1000..<1010, &random).0)
    #expect(try store.verifyArchive().problems == [])
    let file = try #require(try files().first)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
    switch damage {
    case "changed": bytes[bytes.count / 2] ^= 0x10
    case "shorter": bytes.removeLast(7)
    case "longer": bytes.append(0)
    default: try FileManager.default.removeItem(atPath: file)
    }
    if damage != "gone" { try bytes.write(to: URL(fileURLWithPath: file)) }
    let problems = try store.verifyArchive().problems
    #expect(problems.count == 1)
    #expect(problems[0].place.hasPrefix(file))
    if damage == "changed" { #expect(problems[0].what.contains("2026-")) }
    // What is whole is still found.
    let outcome = try search("line 1005 of many", in: store)
    #expect(outcome.found.count == 1)
    #expect(outcome.outcome.problems.isEmpty == (damage == "longer"))
  }

  private func search(
    _ text: String, in store: EventStore, since: Int64? = nil, until: Int64? = nil, source: String? = nil
  ) throws -> (found: [String], outcome: ArchiveSearchOutcome) {
    var search = ArchiveSearch(.text(Array(text.utf8)))
    search.since = since
    search.until = until
    if let source { search.takes = { $0 == source } }
    var found: [String] = []
    let outcome = try store.searchArchive(search, clock: Self.clock.get()) { line in
      found.append(String(decoding: line.bytes, as: UTF8.self))
      return true
    }
    return (found, outcome)
  }

  @Test func `a search in a range of time finds what reading everything finds, in a few blocks`() throws {
    var random = SeededGenerator(seed: 77)
    let store = try store()
    let archive = try open(store) { $0.segmentBytesMax = 300_000 }
    var expected: [UInt8] = []
    for part in 0..<8 {
      let (commit, text) = commit(part * 700..<(part + 1) * 700, &random)
      try archive.commit(commit)
      expected += text
    }
    let lines = String(decoding: expected, as: UTF8.self).split(separator: "\n").map(String.init)
    for _ in 0..<20 {
      let from = Int.random(in: 0..<5600, using: &random)
      let to = Int.random(in: from...min(5600, from + 400), using: &random)
      let needle = String(Int.random(in: 0...99, using: &random))
      let (found, outcome) = try search(
        "line \(needle)", in: store, since: Self.start + Int64(from) * 1_000_000,
        until: Self.start + Int64(to) * 1_000_000)
      #expect(found == lines[from..<to].filter { $0.contains("line \(needle)") })
      #expect(outcome.blocksRead <= 8 && outcome.blocks > 15)
    }
    let even = try search("of many", in: store, source: "/even.log").found
    let odd = try search("of many", in: store, source: "/odd.log").found
    #expect(even.count + odd.count == lines.count)
    #expect(even.contains(lines[0]) && !even.contains(lines[300]))
  }

  @Test func `members hold whole lines, none much longer than a member should be`() throws {
    var random = SeededGenerator(seed: 2)
    var cutter = ArchiveCutter(press)
    var expected: [UInt8] = []
    for number in 0..<60 {
      var text = line(number, &random)
      if number % 7 == 0 { text.insert(contentsOf: [UInt8](repeating: 0x79, count: 300_000), at: 5) }
      for _ in 0..<Int.random(in: 0...20, using: &random) { text += line(number, &random) }
      cutter.take(text, of: "/a", times: 0...1)
      expected += text
    }
    var all: [UInt8] = []
    for piece in cutter.finish() {
      let text: [UInt8]
      switch piece {
      case .text(let rest): text = rest.bytes
      case .member(let pending):
        let member = pending.result
        text = try #require(Gunzipper.text(of: member.bytes, textBytes: Int(member.textBytes)))
        let newlines = text.count { $0 == 0x0a }
        #expect(Int(member.lines) == newlines)
        #expect(text.count <= StoreLimits.archiveTextBytes || member.lines == 1)
      case .pressed: throw Problem(.failed, "a cutter leaves pressing to the press")
      }
      #expect(text.last == 0x0a)
      all += text
    }
    #expect(all == expected)
  }

  @Test func `pieces come out of a spill file as they went in`() throws {
    var random = SeededGenerator(seed: 4)
    let (commit, _) = commit(0..<900, &random)
    var bytes: [UInt8] = []
    for piece in commit.archive { piece.spill(onto: &bytes) }
    var back = Commit()
    var offset = 0
    bytes.withUnsafeBytes { buffer in
      for _ in commit.archive { back.archive.append(ArchivePiece(spilled: buffer, at: &offset)) }
    }
    #expect(offset == bytes.count)
    back.positions = commit.positions
    let (one, other) = (try store(), try EventStore(path: folder.path("other.db"), access: .readWrite))
    try open(one).commit(commit)
    try open(other).commit(back)
    let (first, second) = (try text(one), try text(other))
    #expect(first == second)
  }
}
