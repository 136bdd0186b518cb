import Foundation
import TestSupport
import Testing

/// The power fails, and the disk has what it was asked to keep and nothing else; or it stops taking writes.
///
/// A library in front of the C library copies a file whenever it is synced, and notes the names in a directory
/// whenever that is. After the collector is killed a file has what its last copy has, any of the blocks that were
/// written since, and no name that no synced directory has: all that a disk may do that tells the truth about `fsync`.
@Suite(.serialized) struct PowerTests {
  /// `SECLOG_POWER_SEED` repeats one.
  static let seed =
    ProcessInfo.processInfo.environment["SECLOG_POWER_SEED"].flatMap(UInt64.init) ?? .random(in: 0...9_999_999)
  private static let blockBytes = 4096

  private let program: Program
  private var environment: [String: String]
  private let disk: String

  private static let compiler: String? = ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"].first { (path: String) in
    access(path, X_OK) == 0
  }

  init() throws {
    program = try Program()
    disk = "\(program.folder.path)/disk"
    environment = program.environment
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    guard let compiler = Self.compiler else { return }
    try program.write(Self.library, to: "disk.c")
    let made = try program.shell("\(compiler) -shared -fPIC -O1 -o disk.so disk.c -ldl")
    try #require(made.status == 0, "\(made.errors)")
    environment["LD_PRELOAD"] = "\(program.folder.path)/disk.so"
    environment["DISK"] = disk
  }

  private static let library = #"""
    #define _GNU_SOURCE
    #include <dirent.h>
    #include <dlfcn.h>
    #include <errno.h>
    #include <fcntl.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/file.h>
    #include <sys/stat.h>
    #include <sys/types.h>
    #include <unistd.h>

    static int is_read_only(void) {
      char path[512];
      snprintf(path, sizeof path, "%s/read-only", getenv("DISK"));
      return access(path, F_OK) == 0;
    }

    static int place(char *path, size_t size, int fd, const char *suffix) {
      char link[64], name[512];
      snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
      ssize_t length = readlink(link, name, sizeof name - 1);
      if (length <= 0) return 0;
      name[length] = 0;
      for (char *c = name; *c; c++) if (*c == '/') *c = '%';
      snprintf(path, size, "%s/%s%s", getenv("DISK"), name, suffix);
      return 1;
    }

    /* Reads by the descriptor itself: closing another of the same file would drop SQLite's locks. */
    static void keep_now(int fd) {
      struct stat info;
      char path[1200], part[1300];
      if (fstat(fd, &info) != 0) return;
      if (S_ISDIR(info.st_mode)) {
        if (!place(path, sizeof path, fd, "%names")) return;
        DIR *names = fdopendir(dup(fd));
        FILE *list = fopen(path, "w");
        rewinddir(names);
        for (struct dirent *entry; (entry = readdir(names));) fprintf(list, "%s\n", entry->d_name);
        fclose(list);
        closedir(names);
        return;
      }
      if (!S_ISREG(info.st_mode) || !place(path, sizeof path, fd, "")) return;
      snprintf(part, sizeof part, "%s.part", path);
      int copy = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0600);
      if (copy < 0) return;
      char *buffer = malloc(1 << 20);
      off_t at = 0;
      for (ssize_t count; (count = pread(fd, buffer, 1 << 20, at)) > 0; at += count)
        if (write(copy, buffer, count) != count) break;
      free(buffer);
      close(copy);
      rename(part, path);
    }

    /* One at a time, threads and processes: an older copy must not come to lie over a newer one. */
    static void keep(int fd) {
      char path[1200];
      snprintf(path, sizeof path, "%s/lock", getenv("DISK"));
      int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
      flock(lock, LOCK_EX);
      keep_now(fd);
      close(lock);
    }

    #define REAL(type, name, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))

    int fsync(int fd) {
      int result = REAL(int, fsync, int)(fd);
      if (result == 0) keep(fd);
      return result;
    }

    int fdatasync(int fd) {
      int result = REAL(int, fdatasync, int)(fd);
      if (result == 0) keep(fd);
      return result;
    }

    #define REFUSE if (is_read_only()) { errno = EROFS; return -1; }

    ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
      REFUSE
      return REAL(ssize_t, pwrite, int, const void *, size_t, off_t)(fd, bytes, count, at);
    }

    ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
      REFUSE
      return REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t)(fd, bytes, count, at);
    }

    """#

  private func collector(_ durability: String) throws -> Child {
    try Child(
      Program.path,
      [
        "collect", "-f", "app.log", "--db", "e.db", "--keep", "all", "--archive", "archive", "--durability", durability,
      ],
      environment: environment, directory: program.folder.path, errors: "\(program.folder.path)/errors")
  }

  /// For at most 15 seconds; then it is told what the collector says.
  private func wait(for count: Int, _ child: Child) throws {
    var seen: [Int] = []
    for _ in 0..<150 {
      seen = try program.stored()
      if seen.first == count { return }
      usleep(100_000)
    }
    let errors = (try? String(contentsOfFile: "\(program.folder.path)/errors", encoding: .utf8)) ?? ""
    Issue.record(
      "seed \(Self.seed): \(count) lines are written, stored are \(seen); the collector says: \(errors)"
    )
  }

  private func wait(until isTrue: () throws -> Bool) throws {
    for _ in 0..<150 {
      if try isTrue() { return }
      usleep(100_000)
    }
    Issue.record("waited in vain")
  }

  private func synced(_ path: String, _ suffix: String = "") -> Data? {
    FileManager.default.contents(atPath: "\(disk)/\(path.replacingOccurrences(of: "/", with: "%"))\(suffix)")
  }

  /// The real path of the folder, as the library sees it.
  private var folder: String { URL(fileURLWithPath: program.folder.path).resolvingSymlinksInPath().path }

  private func cutPower(_ random: inout SeededGenerator) throws {
    for directory in [folder, "\(folder)/archive"] {
      let names = Set(
        synced(directory, "%names").map { String(decoding: $0, as: UTF8.self).split(separator: "\n").map(String.init) }
          ?? [])
      for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
      where name.hasPrefix("e.db") || name.hasSuffix(".gz") {
        let path = "\(directory)/\(name)"
        let written = FileManager.default.contents(atPath: path) ?? Data()
        unlink(path)
        guard !name.hasSuffix("-shm"), names.contains(name), var kept = synced(path) else { continue }
        // A file that grew may have grown on the disk, with anything in it that was written, or nothing.
        if random.next() % 2 == 0, written.count > kept.count {
          kept.append(Data(count: written.count - kept.count))
        }
        for block in stride(from: 0, to: min(written.count, kept.count), by: Self.blockBytes)
        where random.next() % 2 == 0 {
          let range = block..<min(block + Self.blockBytes, written.count, kept.count)
          kept.replaceSubrange(range, with: written[range])
        }
        try kept.write(to: URL(fileURLWithPath: path))
      }
    }
  }

  /// What the store says it has read of the log, in lines; each of them is an event.
  private func linesBeforePosition() throws -> Int {
    let offset =
      try program.run([
        "query", "--db", "e.db", "--format", "csv", "--sql",
        "SELECT sum(offset) AS n FROM positions WHERE key LIKE 'file:%'",
      ]).output.split(whereSeparator: \.isNewline).last.flatMap { Int($0) } ?? 0
    let log = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/app.log"))
    return log.prefix(offset).count { $0 == 10 }
  }

  @Test(.enabled(if: compiler != nil, "a C compiler makes the library"), arguments: ["normal", "full"])
  func `what the power cut takes back is read again, each line once`(durability: String) throws {
    var random = SeededGenerator(seed: Self.seed)
    var written = 0
    var lost = 0
    for round in 0..<4 {
      let child = try collector(durability)
      program.append(written..<written + 300)
      written += 300
      try wait(for: written, child)
      if round == 1 {
        // SQLite syncs what it takes from the log of writes to the file: the next cut takes a part only.
        var preloaded = program
        preloaded.environment = environment
        try #require(try preloaded.shell("sqlite3 e.db 'PRAGMA wal_checkpoint(PASSIVE)'").status == 0)
        program.append(written..<written + 100)
        written += 100
        try wait(for: written, child)
      }
      if round == 2 {
        // In the middle of something.
        program.append(written..<written + 2000)
        written += 2000
        usleep(60_000)
      }
      let seen = try program.stored()[0]
      child.send(SIGKILL)
      child.wait()
      try cutPower(&random)
      let left = try program.stored().first ?? 0
      lost += max(0, seen - left)
      // Positions went back with the events, no further and no less.
      #expect(try left == linesBeforePosition(), "seed \(Self.seed), round \(round)")
      if left > 0 {
        // Of a copy: SQLite tidies up behind itself, and this disk would know nothing of it.
        let checked = try program.shell(
          "mkdir -p check && rm -f check/* && cp e.db e.db-wal check/ 2> /dev/null; sqlite3 check/e.db 'PRAGMA integrity_check'"
        ).output
        #expect(checked == "ok\n", "seed \(Self.seed), round \(round)")
      }
    }
    // What `full` promises; and that this disk forgets what nobody asked it to keep.
    if durability == "full" {
      #expect(lost == 0, "seed \(Self.seed)")
    } else {
      #expect(lost > 0, "seed \(Self.seed)")
    }
    let child = try collector(durability)
    program.append(written..<written + 10)
    written += 10
    try wait(for: written, child)
    child.send(SIGTERM)
    #expect(child.wait(limit: 10) == 0)
    #expect(try program.stored() == [written, written], "seed \(Self.seed)")
    guard durability == "full" else { return }
    let users = try program.shell(#"zcat archive/*.gz | grep -o '"user":"u[0-9]*"'"#).output
      .split(whereSeparator: \.isNewline)
    #expect(users.count == written, "seed \(Self.seed)")
    #expect(Set(users).count == written, "seed \(Self.seed)")
    #expect(try program.run(["archive", "verify", "--db", "e.db"]).status == 0)
  }

  // MARK: Read-only

  private static let mayMount: Bool = {
    guard geteuid() == 0 else { return false }
    let child = try? Child(
      "/usr/bin/unshare",
      [
        "-m", "bash", "-c",
        "f=$(mktemp) && truncate -s 8M $f && mkfs.ext4 -q $f && mount -o loop $f /mnt; s=$?; rm -f $f; exit $s",
      ], environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], directory: "/")
    return child?.wait(limit: 10) == 0
  }()

  /// ext4 goes read-only under an open store, as after a fault of the disk, and what was not on the disk is
  /// gone when it is mounted again.
  @Test(.enabled(if: mayMount, "only root may mount a file system in a file"))
  func `a file system that fails and is mounted anew gets everything, once`() throws {
    program.append(0..<100)
    let outcome = try program.shell(
      #"""
      PATH=$PATH:/usr/sbin:/sbin
      exec unshare -m bash -c '
      mkdir store; truncate -s 48M disk.img; mkfs.ext4 -q disk.img && mount -o loop disk.img store || exit 77
      count() { seclog query --db store/e.db --format tsv --sql "SELECT count(DISTINCT actor) AS n FROM events" 2> /dev/null | tail -n 1; }
      until_stored() { for try in $(seq 100); do [ "$(count)" != "$1" ] || return 0; sleep 0.1; done; echo "stored $(count), not $1"; }
      until_said() { for try in $(seq 100); do ! grep -q "$1" errors || return 0; sleep 0.1; done; echo "not said: $1"; }
      seclog collect -f app.log --db store/e.db --keep all --archive store/archive < /dev/null 2> errors & collector=$!
      until_stored 100
      mount -o remount,abort store
      for n in $(seq 100 1999); do
        echo "{\"time\":\"2026-11-20T10:00:00Z\",\"level\":\"WARN\",\"msg\":\"login failed\",\"user\":\"u$n\",\"client_ip\":\"203.0.113.9\"}"
      done >> app.log
      until_said "Collecting goes on; what was read is kept and written later."
      cp disk.img other.img
      umount -l store
      sleep 1
      ls -A store
      mount -o loop other.img store
      until_stored 2000
      kill $collector; wait $collector; echo "status $?"
      seclog query --db store/e.db --format tsv --sql "SELECT count(*) AS n FROM events WHERE event LIKE '"'authn%'"'" | tail -n 1
      zcat store/archive/*.gz | sort | uniq -c | sort -n | sed -n "1p;\$p" | cut -c -8
      zcat store/archive/*.gz | wc -l'
      """#)
    #expect(
      outcome.output == "status 0\n2000\n      1 \n      1 \n2000\n",
      "\(outcome) \((try? String(contentsOfFile: "\(folder)/errors", encoding: .utf8)) ?? "")")
  }

  @Test(.enabled(if: compiler != nil, "a C compiler makes the library"))
  func `a file system that became read-only is waited for`() throws {
    program.append(0..<100)
    let child = try collector("normal")
    try wait(for: 100, child)
    try program.write("", to: "disk/read-only")
    program.append(100..<3000)
    let said = { try String(contentsOfFile: "\(self.program.folder.path)/errors", encoding: .utf8) }
    try wait { try said().contains("Collecting goes on; what was read is kept and written later.") }
    #expect(try program.stored() == [100, 100])
    try FileManager.default.removeItem(atPath: "\(disk)/read-only")
    try wait(for: 3000, child)
    #expect(try program.stored() == [3000, 3000])
    #expect(try said().contains("the store takes events again; nothing was lost."))
    child.send(SIGTERM)
    #expect(child.wait(limit: 10) == 0)
    let users = try program.shell(#"zcat archive/*.gz | grep -c '"user":"u[0-9]*"'"#).output
    #expect(users == "3000\n")
  }
}
