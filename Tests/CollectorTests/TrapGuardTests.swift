import CLinux
import Events
import Foundation
import TestSupport
import Testing

@testable import Collector

/// Serialized: where faults are noted is one place for the whole process.
@Suite(.serialized)
struct TrapGuardTests {
  private let folder: TemporaryFolder
  private var store: String { folder.path("e.db") }

  init() throws { folder = try TemporaryFolder() }

  /// A fault at a word: what the handler does, and what was read in vain is thrown away by the test.
  private final class Trapping: BlockReading {
    let inner = PlainReader()
    /// The program is not there any more.
    var isGone = false
    let word: String
    /// Whether lines wait for what may follow, as those without a time do.
    let holds: Bool

    init(_ word: String, holds: Bool = false) { (self.word, self.holds) = (word, holds) }

    func read(
      _ bytes: UnsafeRawBufferPointer, of state: inout SourceState, at offset: Int64, now: Int64,
      ending: EventReader.Ending, into batch: inout EventBatch
    ) -> Int {
      let text = String(decoding: bytes, as: UTF8.self)
      if holds, ending == .more { return 0 }
      if isGone { return bytes.count }
      if text.contains(word) {
        cl_note_trap()
        isGone = true
        return bytes.count
      }
      return inner.read(bytes, of: &state, at: offset, now: now, ending: ending, into: &batch)
    }

    func skip(
      _ bytes: UnsafeRawBufferPointer, of state: inout SourceState, at offset: Int64, now: Int64,
      into batch: inout EventBatch
    ) { inner.skip(bytes, of: &state, at: offset, now: now, into: &batch) }
  }

  /// Runs over `text` in blocks until one ends without a fault. - Returns: what it read, and how many runs there were.
  private func runs(over text: String, _ reader: Trapping, blocks: [Int], store: String) -> (
    messages: [String], runs: Int
  ) {
    let bytes = Array(text.utf8)
    let hasher = IdentityHasher(secret: [1, 2, 3])
    for run in 1...20 {
      let notes = TrapGuard.Notes(besides: store)
      let reading = TrapGuard(reader, notes, hasher: hasher) { _ in }
      var state = SourceState(source: "/var/log/app.log", app: "app")
      var batch = EventBatch()
      var (at, block) = (0, 0)
      reader.isGone = false
      while at < bytes.count, !reader.isGone {
        let end = min(bytes.count, at + blocks[block % blocks.count])
        block += 1
        let taken = bytes[at..<end].withUnsafeBytes {
          reading.read(
            $0, of: &state, at: Int64(at), now: 0, ending: end == bytes.count ? .final : .more, into: &batch)
        }
        at += taken
        if taken == 0, end == bytes.count { break }
      }
      if !reader.isGone {
        notes.clear()
        return (batch.changes.map(\.event.message), run)
      }
    }
    return ([], 20)
  }

  @Test(arguments: [(false, 30), (false, 400), (true, 4000)])
  func `a line that stops the program is passed over in the third run, and no other is`(holds: Bool, block: Int) {
    let lines = (0..<20).map { $0 == 7 ? "POISON line 7" : "line \($0)" }
    let text = lines.joined(separator: "\n") + "\n"
    let reader = Trapping("POISON", holds: holds)
    let (messages, runs) = runs(over: text, reader, blocks: [block, block + 17], store: store)
    let before = lines[..<7].reduce(0) { $0 + $1.utf8.count + 1 }
    #expect(messages == lines[..<7] + ["skipped 14 bytes at \(before)"] + lines[8...])
    #expect(runs == 3)
    #expect(!FileManager.default.fileExists(atPath: store + "-traps"))
  }

  @Test
  func `two such lines are passed over, each after two more runs`() throws {
    let lines = ["a", "POISON 1", "b", "c", "POISON 2", "d"]
    let reader = Trapping("POISON")
    let (messages, runs) = runs(over: lines.joined(separator: "\n") + "\n", reader, blocks: [500], store: store)
    #expect(messages.filter { !$0.hasPrefix("skipped") } == ["a", "b", "c", "d"])
    #expect(messages.count == 6 && runs == 4)
  }

  @Test
  func `another line at the same place is read`() throws {
    let reader = Trapping("POISON")
    let hasher = IdentityHasher(secret: [1, 2, 3])
    func read(_ text: String) -> [String] {
      reader.isGone = false
      let notes = TrapGuard.Notes(besides: store)
      let reading = TrapGuard(reader, notes, hasher: hasher) { _ in }
      var state = SourceState(source: "/var/log/app.log", app: "app")
      var batch = EventBatch()
      var text = text
      let taken = text.withUTF8 {
        reading.read(UnsafeRawBufferPointer($0), of: &state, at: 0, now: 0, ending: .more, into: &batch)
      }
      #expect(taken == text.utf8.count)
      return batch.changes.map(\.event.message)
    }
    _ = read("POISON one\nb\n")
    _ = read("POISON one\nb\n")
    #expect(read("other word\nb\n") == ["other word", "b"])
    #expect(read("POISON one\nb\n") == ["skipped 11 bytes at 0", "b"])
    // A file that holds something else.
    try Data("no notes at all".utf8).write(to: URL(fileURLWithPath: store + "-traps"))
    #expect(read("c\n") == ["c"])
    cl_note_traps("")
  }

  @Test
  func `a fault of the program leaves a note of what was read`() async throws {
    let store = NSTemporaryDirectory() + "trap-\(getpid())-\(UInt64.random(in: 0 ... .max)).db"
    defer { unlink(store + "-traps") }
    // The closure runs in a process of its own, which knows the path from its environment.
    setenv("SECLOG_TRAP_STORE", store, 1)
    await #expect(processExitsWith: .signal(SIGILL)) {
      cl_note_traps(ProcessInfo.processInfo.environment["SECLOG_TRAP_STORE"]! + "-traps")
      var reading = cl_reading()
      (reading.offset, reading.length, reading.source_length) = (7, 9, 1)
      cl_begin_reading(&reading)
      preconditionFailure("on purpose")
    }
    let notes = try Data(contentsOf: URL(fileURLWithPath: store + "-traps"))
    #expect(notes.count == MemoryLayout<cl_reading>.size)
    #expect(notes.prefix(16) == withUnsafeBytes(of: (Int64(7), Int64(9))) { Data($0) })
  }
}
