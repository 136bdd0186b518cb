import CAllocations
import Events
import Foundation
import Storage

/// Speed of the hot path beside `memcpy` on the same bytes in the same run: ratios can be compared
/// between machines and busy hours, megabytes a second cannot.
///
///     bench                    all benchmarks
///     bench redact             those whose name holds the word
///     bench redact a.log b.log … on files instead of invented lines, each for itself
@main
struct Bench {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    let wanted = arguments.first ?? ""
    var inputs = Inputs()
    for path in arguments.dropFirst() { inputs.files.append(try Input(file: path)) }
    var table = Table(wanted: wanted)
    try table.measure(inputs)
    guard table.isSound else { exit(1) }
  }
}

/// Runs what is wanted and prints a line for each.
struct Table {
  let wanted: String
  /// Bytes a second of `memcpy`: the floor that all else is measured against.
  private var floor = 0.0
  /// `false` once a promise was broken: memory asked for where none may be.
  private(set) var isSound = true

  init(wanted: String) { self.wanted = wanted }

  mutating func measure(_ inputs: Inputs) throws {
    let title = "benchmark".padded(34) + "MB/s".aligned(10) + "÷ memcpy".aligned(12) + "allocations".aligned(14)
    print(title + "a line".aligned(10))
    if inputs.files.isEmpty {
      measureFloor(inputs.clean)
      measureScan(inputs)
    }
    guard inputs.files.isEmpty else {
      for file in inputs.files {
        measureFloor(file)
        try measureRedaction(of: file)
        try measureReader(of: file)
      }
      return
    }
    for input in [inputs.clean, inputs.mixed, inputs.dense] {
      try measureRedaction(of: input, mayAllocate: input.name != inputs.clean.name)
    }
    try measureHostileLines()
    for input in [inputs.quiet, inputs.mixed, inputs.joined] { try measureReader(of: input) }
    try measureStore(inputs)
  }

  private mutating func measureFloor(_ input: Input) {
    let copy = UnsafeMutableRawPointer.allocate(byteCount: input.bytes.count, alignment: 64)
    defer { copy.deallocate() }
    let run = Run.best(of: 9) { memcpy(copy, input.bytes.baseAddress!, input.bytes.count) }
    floor = Double(input.bytes.count) / run.seconds
    show("memcpy", input, run)
    var lines = 0
    row("count newlines, as wc -l", input) { lines &+= LineCount.newlines(in: input.bytes) }
    precondition(lines > 0)
  }

  private mutating func measureScan(_ inputs: Inputs) {
    for variant in LiteralScanner.Variant.allCases where variant.isSupported {
      var scanner = LiteralScanner(LiteralSet(Inputs.literals), variant: variant)
      row("scan, \(Inputs.literals.count) literals, \(variant.rawValue)", inputs.clean) {
        _ = scanner.scan(inputs.clean.bytes)
      }
    }
  }

  private mutating func measureRedaction(of input: Input, mayAllocate: Bool = true) throws {
    let redactor = try Redactor(RedactionOptions())
    var output: [UInt8] = []
    output.reserveCapacity(input.bytes.count * 2)
    // The first pass grows scratch memory to what this input needs.
    row("redact, \(input.name)", input, mayAllocate: mayAllocate) {
      output.removeAll(keepingCapacity: true)
      var state = RedactionState()
      _ = redactor.redact(block: input.bytes, state: &state, ending: .final, onto: &output)
    }
  }

  /// Lines made to be slow, each as one line of three lengths: the cost of a byte must not grow with the line.
  /// Instructions are counted where the machine can; else CPU time is, with more room for chance.
  private mutating func measureHostileLines() throws {
    for (name, line) in Inputs.hostile {
      let name = "redact, \(name)"
      guard wanted.isEmpty || name.contains(wanted) else { continue }
      var costs: [Double] = []
      for length in [250_000, 500_000, 1_000_000] {
        let input = Input(name, Data((line(length) + "\n").utf8))
        let redactor = try Redactor(RedactionOptions())
        var output: [UInt8] = []
        output.reserveCapacity(input.bytes.count * 8)
        let body = {
          output.removeAll(keepingCapacity: true)
          var state = RedactionState()
          _ = redactor.redact(block: input.bytes, state: &state, ending: .final, onto: &output)
        }
        body()
        let run = Run.best(of: 5, body)
        costs.append((run.instructions > 0 ? Double(run.instructions) : run.seconds) / Double(input.bytes.count))
        if length == 1_000_000 { show(name, input, run) }
      }
      if costs[2] > costs[0] * (bench_instructions() > 0 ? 1.2 : 2) {
        print(
          "  \(name): a byte of a line four times as long costs \(String(format: "%.1f", costs[2] / costs[0])) times as much."
        )
        isSound = false
      }
    }
  }

  private mutating func measureReader(of input: Input) throws {
    let reader = try EventReader(ReaderConfiguration())
    row("read and classify, \(input.name)", input) {
      var state = SourceState(source: "bench", app: "bench")
      var batch = EventBatch()
      _ = reader.read(input.bytes, of: &state, at: 0, now: Inputs.now, ending: .final, into: &batch)
    }
  }

  private mutating func measureStore(_ inputs: Inputs) throws {
    guard "store, 10,000 events a commit".contains(wanted) || wanted.isEmpty else { return }
    let reader = try EventReader(ReaderConfiguration())
    var state = SourceState(source: "bench", app: "bench")
    var batch = EventBatch()
    _ = reader.read(inputs.events.bytes, of: &state, at: 0, now: Inputs.now, ending: .final, into: &batch)
    let directory = NSTemporaryDirectory() + "seclog-bench-\(getpid())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let store = try EventStore(path: directory + "/bench.db", access: .readWrite, durability: .process)
    let changes = batch.changes
    let start = Run.cpu()
    var from = 0
    while from < changes.count {
      var commit = Commit()
      commit.changes = Array(changes[from..<min(from + 10_000, changes.count)])
      try store.commit(commit)
      from += 10_000
    }
    let seconds = Run.cpu() - start
    print(
      "store, 10,000 events a commit".padded(34)
        + String(format: "%.1f µs an event", seconds * 1e6 / Double(changes.count)).aligned(22))
  }

  // MARK: - Rows

  private mutating func row(_ name: String, _ input: Input, mayAllocate: Bool = true, _ body: () -> Void) {
    guard wanted.isEmpty || name.contains(wanted) else { return }
    body()
    let run = Run.best(of: 5, body)
    show(name, input, run)
    guard mayAllocate || run.allocations == 0 else {
      print("  \(name) must not ask for memory once it is warm.")
      isSound = false
      return
    }
  }

  private func show(_ name: String, _ input: Input, _ run: Run) {
    let rate = Double(input.bytes.count) / run.seconds
    print(
      name.padded(34) + String(format: "%10.0f%12.3f", rate / 1e6, rate / floor) + "\(run.allocations)".aligned(14)
        + String(format: "%10.2f", Double(run.allocations) / Double(max(1, input.lines))))
  }
}

/// The cheapest of some repetitions, in CPU seconds of this process.
struct Run {
  var seconds = Double.infinity
  /// Of the cheapest repetition; 0 where they are not counted.
  var instructions: UInt64 = 0
  /// Of the last repetition.
  var allocations: UInt64 = 0

  static func best(of repetitions: Int, _ body: () -> Void) -> Run {
    var best = Run()
    for _ in 0..<repetitions {
      let allocations = bench_allocations()
      let instructions = bench_instructions()
      let start = cpu()
      body()
      best.seconds = min(best.seconds, cpu() - start)
      let executed = bench_instructions() - instructions
      best.instructions = best.instructions == 0 ? executed : min(best.instructions, executed)
      best.allocations = bench_allocations() - allocations
    }
    return best
  }

  static func cpu() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

extension String {
  func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
  func aligned(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
