import Events
import Storage
import Synchronization

/// The output files of one `seclog run`, and how far each is stored.
final class OutputFiles: Sendable {
  private let files: [String: OutputFile]
  private let own: OutputFile
  private let stored = Mutex<[String: Int64]>([:])
  private let bytesMax: Int64

  init(files: [String: OutputFile], own: OutputFile, bytesMax: Int64 = CollectorLimits.outputBytesMax) {
    self.files = files
    self.own = own
    self.bytesMax = bytesMax
  }

  /// What is in the store already, of files that earlier runs left.
  func begin(with positions: [StoredPosition]) {
    var commit = Commit()
    commit.positions = positions
    committed(commit)
  }

  /// A commit is in the store: its bytes are given back. Called on the writer's thread.
  func committed(_ commit: Commit) {
    for position in commit.positions where position.key.hasPrefix("file:") {
      guard let file = files[position.path] else { continue }
      stored.withLock { $0[position.path] = position.offset }
      file.stored(upTo: position.offset)
    }
  }

  func storedUpTo(_ path: String) -> Int64 { stored.withLock { $0[path] ?? 0 } }

  /// Keeps what waits for the store within its limit.
  ///
  /// - Parameter offset: up to where the file was read, by path.
  /// - Returns: how many bytes were given up.
  func keepBounded(readUpTo offset: (String) -> Int64) -> Int64 {
    let at = offset(own.path)
    // What was given up once is not given up again while the store still takes nothing.
    guard own.size - max(at, own.droppedUpTo) > bytesMax + bytesMax / 4 else { return 0 }
    return own.drop(after: at, keeping: bytesMax)
  }
}
