import Foundation
import Testing

/// What happens to files while they are followed, with the built program on a real disk: no line is
/// lost and none is there twice.
struct FaultTests {
  enum Fault: String, CaseIterable {
    case renamedOutOfSight = "files are renamed to names that the pattern does not match"
    case rotatedInABurst = "rotation is faster than anybody can look"
    case rotatedInSight = "the pattern matches the rotated names too"
    case copiedAndCut = "copytruncate, with the copy in sight"
    case cutAndGrown = "a file is cut and at once longer than before"
    case compressedWhileDown = "generations are renamed and compressed while nobody reads"
    case rotatedWhileDown = "generations come and go while nobody reads"
    case replaced = "a file is deleted and made anew, with the same inode number if the disk likes"
    case deletedWhileOpen = "a file is deleted while its last lines are unread"
    case writtenLate = "the application goes on writing to the renamed file"
    case linkSwitched = "a symbolic link leads from file to file"
    case cutInLines = "the collector is killed between the halves of lines"
    case unended = "rotated files end without a newline"
    case sharedBanner = "files begin with the same line, and are replaced while nobody reads"
    case savedBeside = "two copies are made of a file, one of them too early, and it is cut"
  }

  @Test(arguments: Fault.allCases)
  func `every line is stored once`(fault: Fault) throws {
    let scene = try Scene(
      isWide: [.rotatedInSight, .copiedAndCut, .compressedWhileDown, .unended, .savedBeside].contains(fault))
    defer { scene.kill() }
    try scene.play(fault)
    let (stored, distinct) = try scene.outcome()
    #expect(stored == scene.written && distinct == scene.written, "\(fault.rawValue): \(scene.written) written")
  }
}

/// A directory of logs, what writes to it, and the collector that follows it.
private final class Scene {
  private let program: Program
  private let logs: String
  private let pattern: String
  private(set) var written = 0
  private var collector: Process?

  init(isWide: Bool) throws {
    program = try Program()
    logs = "\(program.folder.path)/logs"
    try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
    pattern = "\(logs)/*.log\(isWide ? "*" : "")"
  }

  func play(_ fault: FaultTests.Fault) throws {
    let log = path("app.log")
    try start()
    switch fault {
    case .renamedOutOfSight, .rotatedInSight:
      for generation in 1...12 {
        append(40, to: log)
        rename(log, "\(log).\(generation)")
        usleep(20_000)
      }
    case .rotatedInABurst:
      for generation in 1...30 {
        append(100, to: log)
        rename(log, "\(log).\(generation)")
      }
    case .copiedAndCut:
      for generation in 1...5 {
        append(60, to: log)
        if generation % 2 == 0 { usleep(300_000) }
        try FileManager.default.copyItem(atPath: log, toPath: "\(log).\(generation)")
        usleep(100_000)
        truncate(log, 0)
      }
    case .cutAndGrown:
      for count in [50, 80, 200] {
        truncate(log, 0)
        append(count, to: log)
        try waitForAll()
      }
    case .compressedWhileDown:
      append(50, to: log)
      try waitForAll()
      kill()
      append(50, to: log)
      rename(log, "\(log).1")
      append(50, to: log)
      try #require(try program.shell("gzip '\(log).1' && mv '\(log).1.gz' '\(log).2.gz'").status == 0)
      try start()
    case .rotatedWhileDown:
      append(50, to: log)
      try waitForAll()
      kill()
      for generation in 1...3 {
        append(50, to: log)
        rename(log, "\(log).\(generation)")
      }
      try start()
    case .replaced:
      for count in [30, 10, 30, 60, 30] {
        append(count, to: log)
        try waitForAll()
        unlink(log)
      }
    case .deletedWhileOpen:
      append(50, to: log)
      try waitForAll()
      for _ in 0..<3 {
        Foundation.kill(collector!.processIdentifier, SIGSTOP)
        append(50, to: log)
        unlink(log)
        Foundation.kill(collector!.processIdentifier, SIGCONT)
        try waitForAll()
        append(5, to: log)
        try waitForAll()
      }
    case .writtenLate:
      let handle = open(log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
      defer { close(handle) }
      append(20, handle: handle)
      try waitForAll()
      rename(log, "\(log).1")
      append(20, to: log)
      for _ in 0..<4 {
        usleep(400_000)
        append(1, handle: handle)
      }
    case .linkSwitched:
      for generation in 1...6 {
        let target = path("data.\(generation)")
        append(30, to: target)
        try? FileManager.default.removeItem(atPath: log + ".tmp")
        try FileManager.default.createSymbolicLink(atPath: log + ".tmp", withDestinationPath: target)
        rename(log + ".tmp", log)
        append(10, to: target)
        usleep(50_000)
      }
    case .cutInLines:
      for _ in 0..<3 {
        let line = next()
        write(line.prefix(60), to: log)
        usleep(200_000)
        kill()
        try start()
        write(line.dropFirst(60), to: log)
        try waitForAll()
      }
    case .unended:
      for generation in 1...3 {
        append(20, to: log)
        write(next().dropLast(), to: log)
        usleep(100_000)
        rename(log, "\(log).\(generation)")
        append(1, to: log)
      }
    case .sharedBanner:
      let banner = Array("--- the service starts \(String(repeating: "-", count: 270))\n".utf8)
      for _ in 1...3 {
        write(banner[...], to: log)
        append(3, to: log)
        try waitForAll()
        kill()
        unlink(log)
        write(banner[...], to: log)
        append(1, to: log)
        try start()
        try waitForAll()
        unlink(log)
      }
    case .savedBeside:
      append(20, to: log)
      try waitForAll()
      for generation in 1...3 {
        Foundation.kill(collector!.processIdentifier, SIGSTOP)
        append(12, to: log)
        try? FileManager.default.removeItem(atPath: "\(log).bak")
        try FileManager.default.copyItem(atPath: log, toPath: "\(log).bak")
        append(12, to: log)
        try FileManager.default.copyItem(atPath: log, toPath: "\(log).\(generation)")
        truncate(log, 0)
        append(3, to: log)
        Foundation.kill(collector!.processIdentifier, SIGCONT)
        try waitForAll()
      }
    }
    try waitForAll()
  }

  // MARK: Writing

  private func path(_ name: String) -> String { "\(logs)/\(name)" }

  private func next() -> [UInt8] {
    written += 1
    return Program.line(of: written)
  }

  private func append(_ count: Int, to path: String) {
    let handle = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    append(count, handle: handle)
    close(handle)
  }

  private func append(_ count: Int, handle: Int32) {
    let bytes = (0..<count).flatMap { _ in next() }
    let sent = bytes.withUnsafeBytes { Foundation.write(handle, $0.baseAddress!, $0.count) }
    precondition(sent == bytes.count, "a temporary directory takes a few kilobytes")
  }

  private func write(_ bytes: ArraySlice<UInt8>, to path: String) {
    let handle = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    _ = bytes.withUnsafeBytes { Foundation.write(handle, $0.baseAddress!, $0.count) }
    close(handle)
  }

  // MARK: Collecting

  private func start() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = ["collect", "-f", pattern, "--db", "e.db", "--keep", "all", "--quiet"]
    process.environment = program.environment
    process.currentDirectoryURL = URL(fileURLWithPath: program.folder.path)
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    collector = process
    // What is renamed out of sight before the first survey is nobody's: wait until a line has come through.
    append(1, to: path("start.log"))
    let mark = "u\(written)"
    for _ in 0..<300 {
      if try isStored(mark) { break }
      usleep(100_000)
    }
  }

  private func isStored(_ user: String) throws -> Bool {
    try program.run([
      "query", "--db", "e.db", "--format", "csv", "--sql", "SELECT 1 FROM events WHERE actor = '\(user)'",
    ]).output.split(whereSeparator: \.isNewline).count == 2
  }

  func kill() {
    guard let process = collector else { return }
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    collector = nil
  }

  /// Until all is stored, or nothing more comes for a long time.
  private func waitForAll() throws {
    for _ in 0..<150 {
      if try outcome().stored >= written { break }
      usleep(100_000)
    }
  }

  func outcome() throws -> (stored: Int, distinct: Int) {
    let output = try program.run([
      "query", "--db", "e.db", "--format", "csv", "--sql",
      "SELECT count(*) AS n, count(DISTINCT actor) AS actors FROM events WHERE actor LIKE 'u%'",
    ]).output
    let numbers = output.split(whereSeparator: \.isNewline).last?.split(separator: ",").compactMap { Int($0) } ?? []
    return numbers.count == 2 ? (numbers[0], numbers[1]) : (-1, -1)
  }
}
