import Events
import Glibc

/// Hears of changes in directories through inotify(7). Only a hint: events can be lost or never come
/// (network and overlay file systems), so a sweep looks at everything now and then.
final class DirectoryWatcher {
  /// Becomes readable when something changed; -1 if inotify is not to be had.
  let handle: Int32
  private var directories: [Int32: String] = [:]
  private var watches: [String: Int32] = [:]
  private let note: (String) -> Void
  private var isTold = false

  /// - Parameter note: told once if the kernel's limits leave directories to the sweep alone.
  init(note: @escaping (String) -> Void) {
    self.note = note
    handle = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
    if handle < 0 { tell("no directory can be watched", raise: "fs.inotify.max_user_instances") }
  }

  private func tell(_ what: String, raise limit: String) {
    guard !isTold else { return }
    isTold = true
    note(
      Problem(
        .failed, "\(what): \(String(cString: strerror(errno))). Files there are looked at every second or less often.",
        next: "Raise the limit:  sysctl \(limit)"
      ).description)
  }

  deinit { if handle >= 0 { close(handle) } }

  /// Watches exactly these directories; those that do not exist yet are tried again with the next call.
  ///
  /// - Returns: those that are watched since this call: what changed in them before was not heard.
  func watch(_ wanted: Set<String>) -> Set<String> {
    guard handle >= 0 else { return [] }
    for (directory, watch) in watches where !wanted.contains(directory) {
      inotify_rm_watch(handle, watch)
      watches[directory] = nil
      directories[watch] = nil
    }
    var added: Set<String> = []
    for directory in wanted where watches[directory] == nil {
      let events =
        UInt32(IN_MODIFY) | UInt32(IN_CREATE) | UInt32(IN_MOVED_FROM) | UInt32(IN_MOVED_TO) | UInt32(IN_DELETE)
        | UInt32(IN_ATTRIB)
        | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF)
      let watch = PathText.withBytes(directory) { inotify_add_watch(handle, $0, events | Self.onlyDirectories) }
      guard watch >= 0 else {
        if errno == ENOSPC { tell("not every directory can be watched", raise: "fs.inotify.max_user_watches") }
        continue
      }
      watches[directory] = watch
      directories[watch] = directory
      added.insert(directory)
    }
    return added
  }

  enum Heard {
    case paths(Set<String>)
    /// The kernel's queue ran over, or a directory changed itself: look at everything.
    case everything
  }

  func drain() -> Heard {
    var paths: Set<String> = []
    var isEverything = false
    withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 8) { buffer in
      while true {
        let count = read(handle, buffer.baseAddress!, buffer.count)
        guard count > 0 else { return }
        var at = 0
        let headBytes = MemoryLayout<inotify_event>.size
        while at + headBytes <= count {
          let event = buffer.loadUnaligned(fromByteOffset: at, as: inotify_event.self)
          defer { at += headBytes + Int(event.len) }
          if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { isEverything = true }
          if event.mask & (UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF) | UInt32(IN_IGNORED)) != 0 {
            if let directory = directories.removeValue(forKey: event.wd) { watches[directory] = nil }
            isEverything = true
          }
          if event.mask & UInt32(IN_ISDIR) != 0 { isEverything = true }
          guard event.len > 0, let directory = directories[event.wd] else { continue }
          let name = PathText.text((buffer.baseAddress! + at + headBytes).assumingMemoryBound(to: CChar.self))
          paths.insert(GlobPattern.join(directory, name))
        }
      }
    }
    return isEverything ? .everything : .paths(paths)
  }

  /// `IN_ONLYDIR`, which is not imported.
  private static let onlyDirectories: UInt32 = 0x0100_0000
}
