import CLinux
import Events
import Foundation
import Storage

/// Entries of the systemd journal, from `journalctl` as a child.
///
/// Each entry names its cursor. That of the last entry read is stored in the transaction of its events, and
/// the next run asks for what follows it: no entry is lost that the journal still has, and none is read twice.
final class JournalFeed: LineFeed {
  let name: String
  private let units: [String]
  private let follows: Bool
  private let startsAtEnd: Bool
  private let note: (String) -> Void
  private let clock: Clock

  private(set) var cursor: String
  private var process: pid_t = 0
  private var handle: Int32 = -1
  private var startAt: Int64 = 0
  private var delay = CollectorLimits.journalRestartMicrosecondsMin
  private var isTold = false

  /// - Parameters:
  ///   - units: only entries of these; empty = all.
  ///   - positions: of the store; one of them may be ours.
  init(
    units: [String], follows: Bool, startsAtEnd: Bool, positions: [StoredPosition], clock: Clock = .system,
    note: @escaping (String) -> Void
  ) {
    self.units = units
    self.follows = follows
    self.startsAtEnd = startsAtEnd
    self.note = note
    self.clock = clock
    name = units.isEmpty ? "journal" : "journal:" + units.joined(separator: ",")
    let key = name
    cursor = positions.first { $0.key == key }?.identity ?? ""
  }

  private var arguments: [String] {
    // Without --all, journalctl leaves out fields that are long.
    var arguments = ["journalctl", "--output=json", "--all", "--no-pager", "--quiet"]
    arguments += units.map { "--unit=\($0)" }
    if !cursor.isEmpty { arguments.append("--after-cursor=\(cursor)") }
    if follows {
      arguments.append("--follow")
      arguments.append(cursor.isEmpty && startsAtEnd ? "--lines=0" : "--lines=all")
    }
    return arguments
  }

  func receive(onto bytes: inout [UInt8], milliseconds: Int32) -> Bool {
    if handle < 0 {
      guard clock.steady() >= startAt, start() else {
        usleep(UInt32(milliseconds) * 1000)
        return follows || process == 0 && !isTold
      }
    }
    var polled = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
    guard poll(&polled, 1, milliseconds) > 0 else { return true }
    let room = 256 << 10
    let old = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: room))
    let count = bytes.withUnsafeMutableBytes { read(handle, $0.baseAddress! + old, room) }
    bytes.removeLast(room - max(0, count))
    if count > 0 {
      delay = CollectorLimits.journalRestartMicrosecondsMin
      isTold = false
      return true
    }
    if count < 0 && (errno == EINTR || errno == EAGAIN) { return true }
    // The child is gone. What it wrote of an entry and did not end comes again from the next.
    if let newline = bytes.lastIndex(of: 0x0a) { bytes.removeLast(bytes.count - newline - 1) } else { bytes = [] }
    let status = end()
    guard follows else {
      if status != 0 { note("journalctl ended with status \(status >> 8 & 0xff); what it gave is stored.") }
      return false
    }
    tell("journalctl ended.")
    return true
  }

  private func tell(_ what: String) {
    if !isTold { note("\(what) It is started again, and goes on behind the last entry read.") }
    isTold = true
    startAt = clock.steady() + delay
    delay = min(delay * 2, CollectorLimits.journalRestartMicrosecondsMax)
  }

  private func start() -> Bool {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return false }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    let code = cl_spawn(&words, ends[1], 0, &process)
    Glibc.close(ends[1])
    guard code == 0 else {
      Glibc.close(ends[0])
      process = 0
      tell("journalctl cannot be started: \(String(cString: strerror(code))).")
      return false
    }
    handle = ends[0]
    return true
  }

  private func end() -> Int32 {
    if handle >= 0 { Glibc.close(handle) }
    handle = -1
    var status: Int32 = 0
    if process > 0 {
      kill(process, SIGTERM)
      while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }
    process = 0
    return status
  }

  func consumed(_ lines: UnsafeRawBufferPointer) {
    // The last whole line; its cursor is a text without escapes.
    let finder = LineFinder(lines)
    var end = lines.count
    while end > 0 {
      let last = lines[end - 1] == 0x0a ? end - 1 : end
      let start = finder.lineStart(at: last)
      if let found = Self.cursor(in: UnsafeRawBufferPointer(rebasing: lines[start..<last])) {
        cursor = found
        return
      }
      end = start
    }
  }

  /// Only a name is followed by a colon, and only the journal gives fields names that begin so.
  private static func cursor(in line: UnsafeRawBufferPointer) -> String? {
    let finder = LineFinder(line)
    var start = 0
    while let key = finder.first(cursorKey, from: start) {
      start = key + cursorKey.count
      let rest = line[start...].drop { $0 == 0x20 }
      guard rest.first == UInt8(ascii: ":"), let open = rest.firstIndex(of: 0x22),
        let close = rest[(open + 1)...].firstIndex(of: 0x22)
      else { continue }
      return String(decoding: rest[(open + 1)..<close], as: UTF8.self)
    }
    return nil
  }

  private static let cursorKey = Array("\"__CURSOR\"".utf8)

  func position() -> StoredPosition? {
    StoredPosition(key: name, path: name, offset: 0, identity: cursor, state: "{}")
  }

  func close() { _ = end() }
}
