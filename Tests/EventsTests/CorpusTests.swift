import Foundation
import Testing

@testable import Events

/// The level that is reached on the labelled logs of five systems; a change may not fall below it.
/// `CORPUS_MISSES=1` prints what is wrong.
struct CorpusTests {
  private static let showsMisses = ProcessInfo.processInfo.environment["CORPUS_MISSES"] != nil

  private func show(_ name: String, _ score: some CustomStringConvertible, _ misses: [String]) {
    guard Self.showsMisses else { return }
    print("== \(name): \(score)")
    for miss in misses { print("   \(miss)") }
  }

  private func isAtLeast(_ percent: Double, _ part: (right: Int, of: Int)) -> Bool {
    part.of == 0 || Double(part.right) * 100 >= percent * Double(part.of)
  }

  @Test(arguments: Corpus.names)
  func `each system's lines are recognised`(name: String) throws {
    let corpus = try Corpus(name)
    let explanations = try corpus.explained()
    #expect(explanations.count == corpus.lines.count)
    let score = LineScore(corpus, explanations)
    show(name, score, score.misses)
    #expect(isAtLeast(97, (score.category, score.security)), "\(score)")
    #expect(isAtLeast(97, score.outcome), "\(score)")
    #expect(isAtLeast(95, score.actor), "\(score)")
    #expect(isAtLeast(95, score.address), "\(score)")
    #expect(score.flagged * 100 <= score.benign, "\(score)")
  }

  @Test(arguments: Corpus.names)
  func `each system's real events are stored once`(name: String) throws {
    let corpus = try Corpus(name)
    let score = EventScore(corpus, try corpus.stored())
    show(name, score, score.misses)
    #expect(isAtLeast(95, (score.once, score.groups)), "\(score)")
    #expect(score.merged * 100 <= score.groups, "\(score)")
    #expect(isAtLeast(95, score.actor), "\(score)")
    #expect(isAtLeast(95, score.address), "\(score)")
  }

  @Test(arguments: Corpus.names)
  func `the stored events do not depend on where the input is cut`(name: String) throws {
    let corpus = try Corpus(name)
    let whole = try corpus.stored()
    let cuts = Array(stride(from: 997, to: corpus.bytes.count, by: 4999))
    #expect(try corpus.stored(cutAt: cuts) == whole)
  }
}
