import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Collector
@testable import Events
@testable import Storage

/// Applications write, logrotate rotates, disks fail and the collector is killed, in random order:
/// every line is stored exactly once.
@Suite(.serialized) struct SimulationTests {
  /// `SECLOG_SIMULATION_STEPS` makes it longer, `SECLOG_SIMULATION_SEED` repeats one.
  static let steps = ProcessInfo.processInfo.environment["SECLOG_SIMULATION_STEPS"].flatMap(Int.init) ?? usualSteps
  /// What is tested is optimised (`scripts/test`); a debug build is some fifty times slower.
  private static var usualSteps: Int { _isDebugAssertConfiguration() ? 5_000 : 100_000 }
  static let seed = ProcessInfo.processInfo.environment["SECLOG_SIMULATION_SEED"].flatMap(UInt64.init)

  /// Seeds that once found a fault, and stay mended.
  @Test(
    .enabled(if: seed == nil),
    arguments: [
      780_206, 813_723, 1_344_749, 1_450_121, 2_572_644, 2_927_669, 4_506_234, 4_651_476, 5_684_877, 6_414_165,
      6_562_912,
      9_112_944, 5_886_783, 10_000_006, 10_000_013, 10_000_031, 10_000_042,
      10_055_402, 10_994_781, 11_649_032, 11_900_115, 13_479_776, 16_111_876, 16_674_018, 17_216_045, 17_453_330,
      19_631_161, 19_926_483,
    ] as [UInt64])
  func `what a seed once found stays mended`(seed: UInt64) {
    let simulation = Simulation(seed: seed)
    simulation.run(steps: 500)
    let (lost, repeated, _) = simulation.verdict()
    #expect(lost.isEmpty && repeated.isEmpty)
  }

  @Test
  func `every line is stored exactly once, whatever happens to the files`() {
    let first = Self.seed ?? UInt64.random(in: 0...9_999_999)
    let stepsEach = 500
    var missing = 0
    let runs = Self.seed == nil ? max(1, Self.steps / stepsEach) : 1
    for number in 0..<runs {
      // Every second one has stranger habits.
      let seed = Self.seed ?? first + UInt64(number / 2) + (number % 2 == 0 ? 0 : Simulation.firstStrangeSeed)
      let simulation = Simulation(seed: seed)
      simulation.run(steps: stepsEach)
      let (lost, repeated, excused) = simulation.verdict()
      missing += excused
      #expect(
        lost.isEmpty && repeated.isEmpty,
        "SECLOG_SIMULATION_SEED=\(seed): lost \(lost.prefix(3)) repeated \(repeated.prefix(3))\n\(simulation.story(around: (lost + repeated).min { $0.count < $1.count } ?? ""))"
      )
      if !lost.isEmpty || !repeated.isEmpty { return }
    }
    print(
      "simulated \(runs * stepsEach) steps, seeds \(first)...\(first + UInt64(runs - 1) / 2) and from \(first + Simulation.firstStrangeSeed) on; \(missing) lines destroyed unread"
    )
  }
}

/// One run. Only what the file system itself destroys before any reader can have it may be missing:
/// bytes of a file whose last name goes while no descriptor of ours holds it, bytes that a truncation
/// removes, and what is written between the two steps of `copytruncate`. Nothing may be there twice.
private final class Simulation {
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
  /// Lines that the file system destroyed before they were stored.
  private var destroyed: Set<String> = []
  private var counter = 0
  private var unfinished: [String: String] = [:]
  private var story: [String] = []
  private static let isLoud = false
  /// Whether the pattern matches the rotated names too.
  private let isWide: Bool
  /// The copies that `copytruncate` made, by the originals that it has not cut yet.
  private var copied: [String: String] = [:]
  /// What not every application and every rotation does.
  private struct Habits {
    /// Generations are named by their days, and keep their names.
    var usesDates = false
    /// Each file begins with the same line of this length.
    var bannerBytes = 0
    /// Files are written after they were renamed, rotated by hard links, saved under other names, and
    /// rotated many times between two looks.
    var isErratic = false
  }
  private var habits = Habits()
  /// Names of the dated generations, newest first.
  private var dated: [String: [String]] = [:]
  private var days = 0
  /// Seeds from here on have habits; those below stay what they were when they found a fault.
  static let firstStrangeSeed: UInt64 = 10_000_000

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    isWide = Bool.random(using: &random)
    files.tellsBirth = Int.random(in: 0..<3, using: &random) > 0
    files.tickMicroseconds = Bool.random(using: &random) ? 1 : 4000
    if seed >= Self.firstStrangeSeed {
      habits.usesDates = Bool.random(using: &random)
      habits.bannerBytes = [0, 150, 600].randomElement(using: &random)!
      habits.isErratic = Int.random(in: 0..<3, using: &random) > 0
    }
    files.destroyed = { [unowned self] in lose($0.bytes) }
    start()
  }

  deinit { files.destroyed = nil }

  private func start() {
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

  func run(steps: Int) {
    for _ in 0..<steps { step() }
    settle()
  }

  private func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
  private func tell(_ what: String) { story.append(what) }

  private func step() {
    pass(Int64(pick(60_000)))
    let path = "/logs/app\(pick(2)).log"
    if habits.isErratic && pick(10) == 0 { return doSomethingOdd(path) }
    switch pick(100) {
    case 0..<32: write(path)
    case 32..<39: rotate(path)
    case 39..<44: copyTruncate(path)
    case 44..<46: truncateAndRewrite(path)
    case 46..<48: replace(path)
    case 48..<52: compress(path)
    case 52..<68:
      follower.work()
      tell("work")
    case 68..<76:
      let touched = pick(4) == 0 ? old(path, 1) : path
      follower.touch(touched)
      tell("touch \(touched)")
    case 76..<86:
      follower.survey()
      tell("survey")
    case 86..<94: take(force: pick(2) == 0)
    case 94..<96: pass(Int64(pick(4_000_000)))
    case 96..<98: kill()
    case 98: jumpClock()
    default: failSome()
    }
  }

  /// Real time moves for files and collector alike.
  private func pass(_ microseconds: Int64) {
    time.steady.withLock { $0 += microseconds }
    time.wall.withLock { $0 += microseconds }
    files.now += microseconds
  }

  /// Somebody sets the clock of the collector.
  private func jumpClock() {
    let hours = Int64(pick(100) - 50)
    time.wall.withLock { $0 += hours * 3_600_000_000 }
    tell("clock jumps \(hours) hours")
  }

  private func line(_ path: String) -> String {
    counter += 1
    let line = "{\"n\":\(counter),\"pad\":\"\(String(repeating: "x", count: pick(3) == 0 ? 700 : 40))\"}"
    written.insert(line)
    return line
  }

  private func write(_ path: String) {
    var text = ""
    if habits.bannerBytes > 0 && files.paths[path]?.bytes.isEmpty ?? true {
      text += "#" + String(repeating: "=", count: habits.bannerBytes) + "\n"
    }
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
  private func finishLine(_ path: String) {
    if let rest = unfinished.removeValue(forKey: path) { files.append(Array((rest + "\n").utf8), to: path) }
  }

  private func exists(_ path: String) -> Bool { files.paths[path] != nil }

  /// The name of a generation, counted from the newest; it may have been compressed.
  private func old(_ path: String, _ number: Int) -> String {
    guard habits.usesDates else { return "\(path).\(number)" }
    let names = dated[path] ?? []
    return number <= names.count ? names[number - 1] : path + "-0"
  }

  /// A name for the newest generation; the older ones move on, the oldest goes.
  ///
  /// - Returns: `nil` if it has to stay.
  private func makeRoom(for path: String) -> String? {
    let limit = 4
    let oldest = old(path, limit)
    for old in [oldest, oldest + ".gz"] where exists(old) {
      // Half the time nothing unread is deleted, so that little is excused.
      if pick(2) == 0 && !isStored(old) { return nil }
      files.remove(old)
    }
    if habits.usesDates {
      days += 1
      dated[path, default: []].insert("\(path)-\(20_261_100 + days)", at: 0)
      dated[path]!.removeSubrange(min(limit, dated[path]!.count)...)
    } else {
      for number in stride(from: limit - 1, through: 1, by: -1) {
        for ending in ["", ".gz"] where exists("\(path).\(number)\(ending)") {
          files.rename("\(path).\(number)\(ending)", to: "\(path).\(number + 1)\(ending)")
        }
      }
    }
    return old(path, 1)
  }

  private func rotate(_ path: String) {
    guard exists(path), copied[path] == nil else { return }
    finishLine(path)
    guard let name = makeRoom(for: path) else { return }
    if habits.isErratic && pick(4) == 0 {
      files.link(path, as: name)
      if pick(2) == 0 { follower?.survey() }
      files.remove(path)
    } else {
      files.rename(path, to: name)
    }
    if pick(2) == 0 { files.create(path) }
    tell("rotate \(path), now \(name) inode \(files.paths[name]?.number ?? 0)")
  }

  private func doSomethingOdd(_ path: String) {
    switch pick(4) {
    case 0, 1:
      // The application has not opened its new file yet.
      let name = old(path, 1)
      guard let node = files.paths[name], !node.isCopy, !exists(name + ".gz") else { return }
      let text = line(path) + "\n"
      files.append(Array(text.utf8), to: name)
      tell("write \(name) late, \(text.utf8.count) bytes, up to line \(counter)")
    case 2:
      guard exists(path), copied[path] == nil else { return }
      finishLine(path)
      if exists(path + ".bak") && pick(2) == 0 && !isStored(path + ".bak") { return }
      files.copy(path, to: path + ".bak")
      tell("save \(path), as inode \(files.paths[path + ".bak"]!.number)")
    default:
      for _ in 0...pick(6) {
        write(path)
        rotate(path)
      }
    }
  }

  /// Copies now, and cuts now or some steps later.
  private func copyTruncate(_ path: String) {
    if copied[path] != nil { return cut(path) }
    guard exists(path) else { return }
    var name = path + ".1"
    if habits.usesDates || habits.isErratic {
      guard let free = makeRoom(for: path) else { return }
      name = free
    } else if exists(name) || exists(name + ".gz") {
      return
    }
    finishLine(path)
    files.copy(path, to: name)
    copied[path] = name
    tell("copy \(path), as \(name) inode \(files.paths[name]!.number)")
    if pick(2) == 0 { cut(path) }
  }

  private func cut(_ path: String) {
    let copy = copied.removeValue(forKey: path)
    finishLine(path)
    guard let node = files.paths[path] else { return }
    let kept = copy.flatMap { files.paths[$0]?.bytes.count } ?? 0
    let rest = Array(node.bytes.dropFirst(kept))
    files.truncate(path)
    lose(rest)
    tell("cut \(path)")
  }

  private func truncateAndRewrite(_ path: String) {
    guard exists(path), unfinished[path] == nil, copied[path] == nil else { return }
    if pick(2) == 0 && !isStored(path) { return }
    let bytes = files.paths[path]!.bytes
    files.truncate(path)
    lose(bytes)
    tell("truncate \(path)")
    for _ in 0...pick(3) { write(path) }
  }

  /// Deletes and creates anew; the inode number may be the same.
  private func replace(_ path: String) {
    guard exists(path), unfinished[path] == nil, copied[path] == nil else { return }
    if pick(2) == 0 && !isStored(path) { return }
    files.remove(path)
    tell("delete \(path)")
    if pick(2) == 0 { write(path) }
  }

  private func compress(_ path: String) {
    let old = old(path, 1 + pick(3))
    guard exists(old), !exists(old + ".gz"), copied[path] == nil else { return }
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
    files.setModified(old + ".gz", as: old)
    files.remove(old)
    tell("gzip \(old), now inode \(files.paths[old + ".gz"]?.number ?? 0)")
  }

  /// These bytes are gone from a file: lines that are not stored, and in no other file, may be missing.
  private func lose(_ bytes: [UInt8]) {
    let messages = store.messages
    var rest = lines(of: bytes).filter { messages[$0] == nil }
    guard !rest.isEmpty else { return }
    let elsewhere = Set(files.paths.values.flatMap { lines(of: $0.bytes) })
    rest.removeAll { elsewhere.contains($0) }
    destroyed.formUnion(rest)
    if !rest.isEmpty { tell("   destroyed: \(rest.count) lines, from \(rest[0].prefix(9)) on") }
  }

  private func lines(of bytes: [UInt8]) -> [String] {
    let text = bytes.starts(with: [0x1F, 0x8B]) ? (gunzip(bytes) ?? []) : bytes
    return text.split(separator: 10).map { String(decoding: $0, as: UTF8.self) }.filter { !$0.hasPrefix("#") }
  }

  /// Whether all lines of a file are in the store.
  private func isStored(_ path: String) -> Bool {
    guard let node = files.paths[path] else { return true }
    let messages = store.messages
    return lines(of: node.bytes).allSatisfy { messages[$0] != nil }
  }

  private func take(force: Bool) {
    if let commit = follower.takeCommit(force: force) { waiting.append(commit) }
    writeSome(waiting.count)
  }

  private func writeSome(_ count: Int) {
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

  private func kill() {
    files.failing = nil
    follower = nil  // It closes what it had open.
    files.closeAll()
    waiting = []
    tell("kill, leaving \(files.summary)")
    if Self.isLoud {
      for p in store.positions { tell("   knows \(p.key) \(p.path) @\(p.offset) \(p.identity.suffix(200))") }
    }
    for _ in 0..<pick(3) where pick(2) == 0 {
      let path = "/logs/app\(pick(2)).log"
      [write, rotate, rotate][pick(3)](path)
    }
    start()
  }

  private func failSome() {
    if pick(2) == 0 {
      let count = 1 + pick(3)
      store.content.withLock { $0.failuresLeft = count }
    } else {
      let left = Mutex(1 + pick(4))
      let code = [EACCES, EIO, EMFILE][pick(3)]
      files.failing = { _ in
        left.withLock {
          $0 -= 1
          return $0 >= 0 ? code : nil
        }
      }
    }
    tell("errors")
  }

  private func settle() {
    for path in ["/logs/app0.log", "/logs/app1.log"] {
      finishLine(path)
      if copied[path] != nil { cut(path) }
    }
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
    let holders = files.paths.filter { lines(of: $0.value.bytes).contains(line) }.map {
      "\($0.key) inode \($0.value.number)"
    }
    let tails = follower.tails.values.map { "\($0.key) \($0.phase) \($0.path)@\($0.state.offset) inode \($0.id.inode)" }
    return
      "\(isWide ? "*.log*" : "*.log"), \(habits), born \(files.tellsBirth), read at \(places), lies in \(holders)\nIn the end: \(files.summary)\n"
      + "\(tails.sorted().joined(separator: "\n"))\n"
      + story[max(0, index - 15)..<min(story.count, index + 400)].joined(separator: "\n")
  }

  func verdict() -> (lost: [String], repeated: [String], excused: Int) {
    let messages = store.messages
    let missing = written.filter { messages[$0] == nil }
    return (
      missing.subtracting(destroyed).sorted(),
      messages.filter { $0.value > 1 && !$0.key.hasPrefix("#") }.map(\.key).sorted(),
      missing.intersection(destroyed).count
    )
  }
}
