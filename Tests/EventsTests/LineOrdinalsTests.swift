import Foundation
import TestSupport
import Testing

@testable import Events

struct LineOrdinalsTests {
  /// The same, with the lines themselves and nothing put off.
  private struct Twin {
    var known: [(line: Int, time: Int64, count: Int)] = []
    var forgotten: Int64?

    mutating func next(_ line: Int, _ time: Int64, number: Int64) -> Int? {
      if let index = known.lastIndex(where: { $0.line == line && $0.time == time }) {
        var entry = known.remove(at: index)
        entry.count += 1
        known.append(entry)
        return entry.count - 1
      }
      if let forgotten, time <= forgotten { return nil }
      if known.count >= Limits.ordinalsMax {
        let time = known.removeFirst().time
        forgotten = max(forgotten ?? .min, time)
      }
      if let forgotten, time <= forgotten { return nil }
      known.append((line, time, 1))
      return 0
    }
  }

  @Test(arguments: [3, 40, 400, 4_000])
  func `equal lines of a time are counted as long as they are known`(lines: Int) throws {
    var random = SeededGenerator(seed: UInt64(lines))
    var ordinals = LineOrdinals()
    var twin = Twin()
    var numbers = Set<Int>()
    for number in 0..<6_000 {
      let line = Int.random(in: 0..<lines, using: &random)
      // Times that mostly go on, as those of a log do.
      let time = 1_790_000_000_000_000 + Int64(number / 50 + Int.random(in: -2...2, using: &random))
      let expected = twin.next(line, time, number: Int64(number))
      let found = Array("line \(line)".utf8).withUnsafeBytes {
        ordinals.next(time: time, line: $0, number: Int64(number))
      }
      if let expected {
        #expect(found == expected, "seed \(lines), line \(number)")
      } else {
        // No count, and none that was given before.
        #expect(found > 6_000 && numbers.insert(found).inserted, "seed \(lines), line \(number)")
      }
      guard number % 37 == 0 else { continue }
      let stored = try JSONDecoder().decode(LineOrdinals.self, from: JSONEncoder().encode(ordinals))
      #expect(stored == ordinals && stored.hashValue == ordinals.hashValue, "seed \(lines), line \(number)")
      if number % 2 == 0 { ordinals = stored }
    }
  }
}
