import Storage
import Testing

@testable import Collector

struct PositionMemoryTests {
  private func position(_ key: String, _ path: String, _ identity: String, _ state: String, at offset: Int64 = 7)
    -> StoredPosition
  {
    StoredPosition(key: key, path: path, offset: offset, identity: identity, state: state)
  }

  @Test(
    arguments: [
      ("", "", ""),
      ("/var/log/app.log", "{}", "{}"),
      ("/var/log/ä\n\u{FFFD}.log", "s=1;i=2;\"quoted\"", "{\"zone\":\"\"}"),
      // What cannot be compressed is longer deflated than it was, and longer than a window.
      (
        "/var/log/app.log",
        String(String.UnicodeScalarView((0..<20_000).map { Unicode.Scalar(UInt8(truncatingIfNeeded: $0 * $0 >> 3)) })),
        ""
      ),
    ])
  func `a position comes back as it was`(path: String, identity: String, state: String) {
    var memory = PositionMemory([position("file:1", path, identity, state, at: .max)])
    #expect(memory["file:1"] == position("file:1", path, identity, state, at: .max))
    memory["file:1"] = position("file:1", path, state, identity)
    #expect(Array(memory.all) == [position("file:1", path, state, identity)])
    memory["file:1"] = nil
    #expect(memory.isEmpty && !memory.contains("file:1") && memory["file:1"] == nil)
  }

  @Test
  func `many positions are kept apart`() {
    let positions = (0..<300).map {
      position("file:\($0)", "/logs/\($0).log", "{\"inode\":\($0)}", "{\"lineCount\":\($0)}", at: Int64($0))
    }
    let memory = PositionMemory(positions)
    #expect(Set(memory.all) == Set(positions))
    #expect(positions.allSatisfy { memory[$0.key] == $0 })
  }
}
