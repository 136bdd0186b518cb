import Foundation
import Testing

/// The store's commands as a person runs them: what they leave behind, and what they say when it goes wrong.
struct StoreCommandTests {
  let program: Program

  /// Three failed logins, a minute apart.
  init() throws {
    program = try Program()
    let lines = (0..<3).map {
      #"{"time":"2026-11-20T10:0\#($0):00Z","level":"WARN","msg":"login failed","user":"alice\#($0)","client_ip":"203.0.113.9"}"#
    }
    let outcome = try program.run(["collect", "--db", "e.db"], input: lines.joined(separator: "\n") + "\n")
    try #require(outcome.status == 0)
  }

  private func count(_ store: String) throws -> String {
    try program.run(["query", "--db", store, "--sql", "SELECT count(*) AS n FROM events"]).output
  }

  @Test func `prune removes what is older, with its words, and nothing on a dry run`() throws {
    let prune = ["store", "prune", "--db", "e.db", "--older-than", "2026-11-20T10:01:30Z"]
    #expect(try program.run(prune + ["--dry-run"]).output.hasPrefix("2 of 3 events"))
    #expect(try count("e.db") == "n\n3\n")
    #expect(try program.run(prune).errors.contains("2 events removed"))
    #expect(try count("e.db") == "n\n1\n")
    #expect(try program.run(["search", "--db", "e.db", "alice0"]).status == 1)
    #expect(try program.run(["search", "--db", "e.db", "alice2"]).status == 0)
  }

  @Test func `prune without a bound asks for one`() throws {
    let outcome = try program.run(["store", "prune", "--db", "e.db", "--max-size", "much"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("500M"))
  }

  @Test func `a backup is a whole store and never overwrites`() throws {
    #expect(try program.run(["store", "backup", "--db", "e.db", "copy.db"]).status == 0)
    #expect(try count("copy.db") == "n\n3\n")
    #expect(try program.run(["search", "--db", "copy.db", "alice1"]).status == 0)
    let again = try program.run(["store", "backup", "--db", "e.db", "copy.db"])
    #expect(again.status == 2)
    #expect(again.errors.contains("never overwrites"))
  }

  @Test func `tail -f shows what arrives while it waits`() throws {
    try program.write(
      #"{"time":"2026-11-20T10:05:00Z","level":"WARN","msg":"login failed","user":"newcomer","client_ip":"203.0.113.9"}"#
        + "\n", to: "more.log")
    let outcome = try program.shell(
      """
      seclog tail -f -n 0 --json --db e.db newcomer > tail.txt &
      tail=$!
      # It is following once it holds the store open.
      for _ in $(seq 600); do
        readlink /proc/$tail/fd/* | grep -q '/e[.]db$' && break
        sleep 0.1
      done
      sleep 0.5
      seclog collect -q --db e.db more.log
      for _ in $(seq 600); do grep -q newcomer tail.txt && break; sleep 0.1; done
      kill $tail
      wait $tail
      cat tail.txt
      """)
    #expect(outcome.output.contains("newcomer"))
    #expect(outcome.output.split(separator: "\n").count == 1)
  }

  @Test func `a reader that has enough ends the program without a word`() throws {
    // Far more than a pipe holds, so that writing meets the closed end.
    let sql = "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t LIMIT 200000) SELECT n FROM t"
    let outcome = try program.shell(
      "seclog query --db e.db --max-rows 200000 --sql '\(sql)' 2> err.txt | head -1; echo ${PIPESTATUS[0]}; cat err.txt"
    )
    #expect(outcome.output == "n\n141\n")
  }

  @Test(
    arguments: [
      ("DELETE FROM events", "only SELECT is allowed here"),
      ("PRAGMA journal_mode = delete", "only SELECT is allowed here"),
      ("ATTACH 'other.db' AS other", "only SELECT is allowed here"),
      ("SELECT load_extension('x')", "not authorized to use function: load_extension"),
      ("SELECT 1; SELECT 2", "more than one statement"),
      ("SELECT evnt FROM events", "did you mean 'event'?"),
    ])
  func `SQL that is not one plain SELECT is refused with what to do`(sql: String, message: String) throws {
    let outcome = try program.run(["query", "--db", "e.db", "--sql", sql])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(message))
    #expect(outcome.errors.contains("seclog "))
    #expect(try count("e.db") == "n\n3\n")
  }

  @Test func `a query ends at its limits and says how to raise them`() throws {
    let endless = "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t"
    let slow = try program.run(["query", "--db", "e.db", "--timeout", "1s", "--sql", endless])
    #expect(slow.status == 2)
    #expect(slow.errors.contains("took longer than 1 s"))
    #expect(slow.errors.contains("--timeout"))
    let long = try program.run(["query", "--db", "e.db", "--max-rows", "2", "--sql", "SELECT ts FROM events"])
    #expect(long.status == 0)
    #expect(long.output.split(separator: "\n").count == 3)
    #expect(long.errors.contains("--max-rows 20"))
  }

  @Test func `an unknown field is answered with the one meant`() throws {
    let outcome = try program.run(["search", "--db", "e.db", "usr=alice1"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("unknown field 'usr'. Did you mean 'user'?"))
  }

  @Test func `a damaged store is named, with how to rescue what is readable`() throws {
    let made = try program.shell(
      "sqlite3 e.db 'PRAGMA wal_checkpoint(TRUNCATE)' && head -c 300000 /dev/zero | tr '\\0' 'x' | dd of=e.db bs=8192 seek=1 conv=notrunc"
    )
    try #require(made.status == 0)
    let outcome = try program.run(["search", "--db", "e.db", "alice1"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("damaged"))
    #expect(outcome.errors.contains("seclog store rescue"))
  }

  @Test func `a file that is no database is left as it was`() throws {
    try program.write("notes\n", to: "notes.txt")
    let outcome = try program.run(["search", "--db", "notes.txt", "x"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("not a seclog store"))
    #expect(try program.shell("cat notes.txt").output == "notes\n")
  }

  @Test(.enabled(if: Self.mayMount, "needs a small file system, which only root may mount"))
  func `a full disk is named, and the store stays whole`() throws {
    let logs = Program.samples.joined(separator: " ")
    let outcome = try program.shell(
      """
      mkdir small
      unshare -m bash -c 'mount -t tmpfs -o size=400k none small
        for _ in 1 2 3 4 5 6 7 8; do cat \(logs); done | seclog collect --keep all --db small/e.db
        echo status $?
        sqlite3 small/e.db "PRAGMA integrity_check"'
      """)
    #expect(outcome.errors.contains("the disk is full; nothing of this transaction was written"))
    #expect(outcome.errors.contains("seclog store prune"))
    #expect(outcome.output == "status 2\nok\n")
  }

  private static let mayMount: Bool = {
    guard geteuid() == 0 else { return false }
    let child = try? Child(
      "/usr/bin/unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"], environment: [:], directory: "/")
    return child?.wait() == 0
  }()
}
