import Testing

@testable import Events

/// What stands before the message, in orders and brackets that no format file knows.
struct LineHeadTests {
  private func parse(_ line: String) throws -> ParsedRecord {
    let parser = try RecordParser(ReaderConfiguration())
    var records: [ParsedRecord] = []
    Array(line.utf8).withUnsafeBytes { parser.parse($0, .init(zone: "UTC"), into: &records) }
    return try #require(records.first)
  }

  @Test(arguments: [
    "[WARNING] 2026-11-21 06:00:00.250 core.auth kim is not allowed to delete project 41",
    "[WARNING] [2026-11-21 06:00:00.250] core.auth: kim is not allowed to delete project 41",
    "2026-11-21 06:00:00,250 WARNING core.auth kim is not allowed to delete project 41",
    "2026-11-21 06:00:00,250 [core.auth] WARNING kim is not allowed to delete project 41",
    "2026-11-21 06:00:00,250 (core.auth) [WARNING] kim is not allowed to delete project 41",
    "WARNING [2026-11-21 06:00:00,250] [core.auth] kim is not allowed to delete project 41",
    "WARNING core.auth 2026-11-21 06:00:00,250 kim is not allowed to delete project 41",
    "WARNING | 2026-11-21 06:00:00,250 | core.auth | kim is not allowed to delete project 41",
    "core.auth - 2026-11-21 06:00:00,250 - WARNING - kim is not allowed to delete project 41",
    "[2026-11-21 06:00:00,250] [WARNING] core.auth kim is not allowed to delete project 41",
    "[2026-11-21 06:00:00,250] WARNING: [core.auth] kim is not allowed to delete project 41",
    "2026-11-21 06:00:00,250 [4121] WARNING core.auth:42 kim is not allowed to delete project 41",
    "(WARNING) core.auth: [2026-11-21 06:00:00,250] kim is not allowed to delete project 41",
    "2026-11-21 06:00:00,250 – WARNING – core.auth – kim is not allowed to delete project 41",
  ])
  func `time, level and logger are found in any order`(line: String) throws {
    let record = try parse(line)
    #expect(record.message == "kim is not allowed to delete project 41")
    #expect(record.logger.hasPrefix("core.auth"))
    #expect(record.level == .warn)
    #expect(record.timeQuality == .own)
    #expect(record.time % 1_000_000 == 250_000)
  }

  @Test(arguments: [
    // The first word is what happened, and not who says it.
    ("2026-11-21 06:00:00,250 WARNING auth.login_failed user=kim", "auth.login_failed user=kim"),
    ("WARNING 2026-11-21 06:00:00,250 Unauthorized: /api/projects/", "Unauthorized: /api/projects/"),
    ("[WARNING] 2026-11-21 06:00:00,250 Login failed for kim", "Login failed for kim"),
    ("2026-11-21 06:00:00,250 ERROR ValueError: bad token", "ValueError: bad token"),
    // A host or a file is no logger, and a word that is also a level begins a sentence.
    ("WARNING 2026-11-21 06:00:00 app.example.com certificate expires", "app.example.com certificate expires"),
    ("[2026-11-21 06:00:00] core.pool error connecting to db", "error connecting to db"),
  ])
  func `the message keeps its words`(line: String, message: String) throws {
    #expect(try parse(line).message == message)
  }

  @Test(arguments: ["kim is not allowed to delete project 41", "[core.auth] hello", "WARNING", "[2026-11-21 06:00:00]"])
  func `a line without a head has none`(line: String) {
    #expect(Array(line.utf8).withUnsafeBytes { LineHead($0) == nil })
  }
}
