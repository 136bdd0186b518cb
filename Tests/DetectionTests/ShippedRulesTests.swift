@testable import Detection
import Foundation
import TestSupport
import Testing

struct ShippedRulesTests {
  @Test func `every shipped rule is sound, has tests, and passes them`() {
    let tests = RuleTests.runShipped()
    #expect(tests.problems == [])
    #expect(tests.results.filter { !$0.passed }.map { "\($0.file): \($0.name): \($0.why)" } == [])
    #expect(tests.untested == [])
    #expect(tests.results.count > 40)
  }

  @Test func `every shipped rule is reached: by an event name, or by a literal`() {
    #expect(RuleSet(RuleSet.shipped).reachRemarks == [])
  }
}

struct AlertLockTests {
  @Test func `only one holds it, and the other learns who`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("lock")
    guard case .taken(let lock) = try AlertLock.take(at: path, now: 1_000_000) else {
      Issue.record("not taken")
      return
    }
    guard case .held(let holder) = try AlertLock.take(at: path, now: 9_000_000) else {
      Issue.record("taken twice")
      return
    }
    #expect(holder == AlertLock.Holder(process: getpid(), since: 1_000_000))
    withExtendedLifetime(lock) {}
  }
}
