import Events
import GRDB
import GRDBSQLite
import Glibc

/// SQLite's codes as something a person can act on.
enum Failure {
  static func problem(_ error: any Error, path: String) -> Problem {
    if let problem = error as? Problem { return problem }
    if let error = error as? DatabaseError {
      return problem(code: error.resultCode.rawValue, message: error.message ?? "", path: path)
    }
    return Problem(.failed, at: path, "\(error)")
  }

  /// Whether the file itself is at fault: no waiting mends that.
  static func isDamage(_ code: Int32) -> Bool { [SQLITE_CORRUPT, SQLITE_NOTADB].contains(code & 0xff) }

  /// - Parameter code: a primary or extended result code.
  static func problem(code: Int32, message: String, path: String) -> Problem {
    switch code & 0xff {
    case SQLITE_BUSY, SQLITE_LOCKED:
      Problem(
        .busy, at: path, "another process holds the store for longer than \(StoreLimits.busyMilliseconds / 1000) s",
        next: "Try again; `fuser \(path)` names the process.", isPassing: true)
    case SQLITE_FULL:
      Problem(
        .failed, at: path, "the disk is full; nothing of this transaction was written",
        next: "Free space on the file system, or run: seclog store prune --older-than 30d", isPassing: true)
    case SQLITE_PERM, SQLITE_AUTH, SQLITE_CANTOPEN: permission(path)
    case SQLITE_READONLY:
      if access(path, W_OK) == 0 && access(Directory.of(path), W_OK) != 0 {
        permission(
          Directory.of(path), needs: "SQLite keeps two files beside the store and must be able to write them.")
      } else {
        permission(path)
      }
    case SQLITE_NOTADB:
      Problem(
        .failed, at: path, "this is not a seclog store, nor a SQLite database",
        next: "Name another file with --db; this one was not changed.")
    case SQLITE_CORRUPT:
      Problem(
        .failed, at: path, "the store is damaged (\(message))",
        next: "`seclog collect` sets a damaged store aside and goes on in a new one. What can be read of it:\n"
          + "seclog store rescue '\(path)' --db rescued.db")
    case SQLITE_IOERR:
      Problem(
        .failed, at: path, "the disk reports an error (\(message))",
        next: "Look at the kernel log: dmesg | tail", isPassing: true)
    case SQLITE_INTERRUPT: Problem(.failed, at: path, "interrupted")
    default: Problem(.failed, at: path, message.isEmpty ? "SQLite error \(code)" : message)
    }
  }

  static func permission(_ path: String, needs: String = "") -> Problem {
    Problem(
      .permission, at: path, "no permission to \(access(path, R_OK) == 0 ? "write" : "read")",
      next: (needs.isEmpty ? "" : needs + "\n") + "Run as the store's owner, or be in its group: ls -l \(path)")
  }

  static func noStore(_ path: String) -> Problem {
    Problem(
      .failed, at: path, "no event store yet",
      next: "Start with:  tail -n 1000 app.log | seclog collect --db \(path)        or:  seclog demo")
  }
}
