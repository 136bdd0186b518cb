import Foundation
import Synchronization
import Testing

@testable import Collector
@testable import Events
@testable import Storage

/// Applications write, logrotate rotates, disks fail and the collector is killed, in random order:
/// every line is stored exactly once.
@Suite(.serialized) struct SimulationTests {
  /// `SECLOG_SIMULATION_STEPS` makes it longer, `SECLOG_SIMULATION_SEED` repeats one.
  static let steps = ProcessInfo.processInfo.environment["SECLOG_SIMULATION_STEPS"].flatMap(Int.init) ?? 25_000
  static let seed = ProcessInfo.processInfo.environment["SECLOG_SIMULATION_SEED"].flatMap(UInt64.init)

  /// Seeds that once found a fault, and stay mended.
  @Test(arguments: [780_206, 1_344_749, 4_506_234, 4_651_476] as [UInt64])
  func `what a seed once found stays mended`(seed: UInt64) {
    var simulation = Simulation(seed: seed)
    simulation.run(steps: 500)
    let (lost, repeated) = simulation.verdict()
    #expect(lost.isEmpty && repeated.isEmpty)
  }

  // New seeds may find new faults; until 100,000 steps are clean it runs on demand.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["SECLOG_SIMULATION_STEPS"] != nil || seed != nil))
  func `every line is stored exactly once, whatever happens to the files`() {
    let first = Self.seed ?? UInt64.random(in: 0...9_999_999)
    let stepsEach = 500
    let runs = Self.seed == nil ? max(1, Self.steps / stepsEach) : 1
    for run in 0..<runs {
      let seed = first + UInt64(run)
      var simulation = Simulation(seed: seed)
      simulation.run(steps: stepsEach)
      let (lost, repeated) = simulation.verdict()
      #expect(
        lost.isEmpty && repeated.isEmpty,
        "SECLOG_SIMULATION_SEED=\(seed): lost \(lost.prefix(3)) repeated \(repeated.prefix(3))\n\(simulation.story(around: (lost + repeated).first ?? ""))"
      )
      if !lost.isEmpty || !repeated.isEmpty { return }
    }
    print("simulated \(runs * stepsEach) steps, seeds \(first)...\(first + UInt64(runs) - 1)")
  }
}

private struct Simulation {
  private var random: SeededGenerator
  private let files = ModelFiles()
  private let store = ModelStore()
  private final class Time: Sendable {
    let steady = Mutex<Int64>(1_000_000_000)
    let wall = Mutex<Int64>(1_700_000_000_000_000)
  }
  private let time = Time()
  private var follower: FileFollower!
  /// Commits that were handed over and not written yet.
  private var waiting: [Commit] = []
  private var written: Set<String> = []
  private var counter = 0
  private var unfinished: [String: String] = [:]
  private var story: [String] = []
  private let isWide: Bool
  private var failuresLeft = 0

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    isWide = Bool.random(using: &random)
    start()
  }

  private mutating func start() {
    var options = FileFollower.Options()
    options.isFollowing = true
    let time = time
    let clock = Clock(wall: { time.wall.withLock { $0 } }, steady: { time.steady.withLock { $0 } })
    follower = FileFollower(
      patterns: [isWide ? "/logs/*.log*" : "/logs/*.log"], files: files, reader: PlainReader(),
      hasher: IdentityHasher(secret: [1, 2, 3]), positions: store.positions, options: options, notes: nil, clock: clock)
    follower.survey()
    take(force: true)
  }

  mutating func run(steps: Int) {
    files.failing = nil
    for _ in 0..<steps { step() }
    settle()
  }

  private mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
  private mutating func tell(_ what: String) { story.append(what) }

  private mutating func step() {
    pass(Int64(pick(60_000)))
    let path = "/logs/app\(pick(2)).log"
    switch pick(100) {
    case 0..<34: write(path)
    case 34..<40: rotate(path)
    case 40..<44: copyTruncate(path)
    case 44..<46: truncateAndRewrite(path)
    case 46..<48: replace(path)
    case 48..<52: compress(path)
    case 52..<68:
      follower.work()
      tell("work")
    case 68..<76:
      follower.touch(path)
      tell("touch \(path)")
    case 76..<86:
      follower.survey()
      tell("survey")
    case 86..<94: take(force: pick(2) == 0)
    case 94..<96: pass(Int64(pick(4_000_000)))
    case 96..<98: kill()
    default: failSome()
    }
  }

  /// Real time moves for files and collector alike.
  private mutating func pass(_ microseconds: Int64) {
    time.steady.withLock { $0 += microseconds }
    files.now = max(
      files.now,
      time.wall.withLock {
        $0 += microseconds; return $0
      })
  }

  private mutating func line(_ path: String) -> String {
    counter += 1
    let line = "{\"n\":\(counter),\"pad\":\"\(String(repeating: "x", count: pick(3) == 0 ? 700 : 40))\"}"
    written.insert(line)
    return line
  }

  private mutating func write(_ path: String) {
    var text = ""
    if let rest = unfinished.removeValue(forKey: path) { text += rest + "\n" }
    for _ in 0...pick(4) { text += line(path) + "\n" }
    if pick(8) == 0 {
      let half = line(path)
      let cut = half.index(half.startIndex, offsetBy: 1 + pick(half.count - 2))
      text += half[..<cut]
      unfinished[path] = String(half[cut...])
    }
    files.append(Array(text.utf8), to: path)
    tell("write \(path) \(text.utf8.count) bytes, up to line \(counter)")
  }

  /// Ends the line that was begun, so that what follows is not glued to it.
  private mutating func finishLine(_ path: String) {
    if let rest = unfinished.removeValue(forKey: path) { files.append(Array((rest + "\n").utf8), to: path) }
  }

  private func exists(_ path: String) -> Bool { files.paths[path] != nil }

  private mutating func rotate(_ path: String) {
    guard exists(path) else { return }
    finishLine(path)
    let limit = 4
    let oldest = "\(path).\(limit)"
    for old in [oldest, oldest + ".gz"] where exists(old) {
      guard isStored(old) else { return }
      files.remove(old)
    }
    for number in stride(from: limit - 1, through: 1, by: -1) {
      for ending in ["", ".gz"] where exists("\(path).\(number)\(ending)") {
        files.rename("\(path).\(number)\(ending)", to: "\(path).\(number + 1)\(ending)")
      }
    }
    files.rename(path, to: path + ".1")
    if pick(2) == 0 { files.create(path) }
    tell("rotate \(path), now inode \(files.paths[path + ".1"]?.number ?? 0)")
  }

  private mutating func copyTruncate(_ path: String) {
    guard exists(path), !exists(path + ".1"), !exists(path + ".1.gz") else { return }
    finishLine(path)
    // A copy outside the pattern is not looked for: what is cut off must have been read.
    guard isWide || isStored(path) else { return }
    files.copy(path, to: path + ".1")
    files.truncate(path)
    tell("copytruncate \(path)")
  }

  private mutating func truncateAndRewrite(_ path: String) {
    guard exists(path), unfinished[path] == nil, isStored(path) else { return }
    files.truncate(path)
    tell("truncate \(path)")
    for _ in 0...pick(3) { write(path) }
  }

  /// Deletes and creates anew; the inode number may be the same.
  private mutating func replace(_ path: String) {
    guard exists(path), unfinished[path] == nil, isStored(path) else { return }
    files.remove(path)
    tell("delete \(path)")
    if pick(2) == 0 { write(path) }
  }

  private mutating func compress(_ path: String) {
    let number = 1 + pick(3)
    let old = "\(path).\(number)"
    guard exists(old), !exists(old + ".gz") else { return }
    // What lies outside the pattern is found only while its name is known.
    guard isWide || isStored(old) else { return }
    guard let packed = gzip(files.paths[old]!.bytes) else { return }
    if pick(3) == 0 {
      files.append(Array(packed.prefix(packed.count / 2)), to: old + ".gz")
      follower.touch(old + ".gz")
      follower.work()
      files.append(Array(packed.dropFirst(packed.count / 2)), to: old + ".gz")
    } else {
      files.append(packed, to: old + ".gz")
    }
    if pick(4) == 0 {
      follower.survey()
      follower.work()
    }
    files.remove(old)
    tell("gzip \(old), now inode \(files.paths[old + ".gz"]?.number ?? 0)")
  }

  /// Whether all lines of a file are in the store.
  private func isStored(_ path: String) -> Bool {
    guard let node = files.paths[path] else { return true }
    let bytes = path.hasSuffix(".gz") ? (gunzip(node.bytes) ?? []) : node.bytes
    let messages = store.messages
    return bytes.split(separator: 10).allSatisfy { messages[String(decoding: $0, as: UTF8.self)] != nil }
  }

  private mutating func take(force: Bool) {
    if let commit = follower.takeCommit(force: force) { waiting.append(commit) }
    writeSome(waiting.count)
  }

  private mutating func writeSome(_ count: Int) {
    for _ in 0..<count {
      guard let next = waiting.first else { return }
      do {
        try store.commit(next)
        waiting.removeFirst()
        let positions = next.positions.filter { $0.key.hasPrefix("file:") }.map {
          "\($0.key)@\($0.offset) \($0.path)\($0.identity.contains("\"lost\":0") ? "" : " lost")"
        }
        tell("commit \(positions.joined(separator: ", ")) \(next.forgotten.isEmpty ? "" : "forgets \(next.forgotten)")")
      } catch {
        return tell("store fails")
      }
    }
  }

  private mutating func kill() {
    files.failing = nil
    files.closeAll()
    waiting = []
    tell("kill, leaving \(files.summary)")
    start()
  }

  private mutating func failSome() {
    if pick(2) == 0 {
      let count = 1 + pick(3)
      store.content.withLock { $0.failuresLeft = count }
    } else {
      let left = Mutex(1 + pick(4))
      let code = [EACCES, EIO, EMFILE][pick(3)]
      files.failing = { _ in
        left.withLock {
          $0 -= 1; return $0 >= 0 ? code : nil
        }
      }
    }
    tell("errors")
  }

  private mutating func settle() {
    for path in ["/logs/app0.log", "/logs/app1.log"] { finishLine(path) }
    files.failing = nil
    store.content.withLock { $0.failuresLeft = 0 }
    for _ in 0..<60 {
      pass(1_100_000)
      follower.survey()
      var rounds = 0
      repeat {
        follower.work()
        take(force: true)
        rounds += 1
      } while follower.hasWork && rounds < 1000
    }
  }

  /// What happened around the writing of a line, and where it was read.
  func story(around line: String) -> String {
    let number = Int(line.split(separator: ":").dropFirst().first?.split(separator: ",").first ?? "") ?? 0
    let index =
      story.firstIndex { step in
        step.hasPrefix("write") && Int(step.split(separator: " ").last ?? "") ?? 0 >= number
      } ?? 0
    let places = store.content.withLock { $0.places[line] ?? [] }
    return "read at \(places)\n" + story[max(0, index - 15)..<min(story.count, index + 400)].joined(separator: "\n")
  }

  func verdict() -> (lost: [String], repeated: [String]) {
    let messages = store.messages
    return (written.filter { messages[$0] == nil }.sorted(), messages.filter { $0.value > 1 }.map(\.key).sorted())
  }
}
