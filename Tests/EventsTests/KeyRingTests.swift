import Foundation
import TestSupport
import Testing

@testable import Events

struct KeyRingTests {
  private static let day: Int64 = 86_400_000_000
  private static let now: Int64 = 1_790_000_000_000_000
  private static func key(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 32) }

  @Test func `a rotated ring knows the key before until its time is over`() throws {
    let first = KeyRing(Self.key(1))
    let second = try first.rotated(to: Self.key(2), at: Self.now, grace: 30 * Self.day)
    #expect(second.current == Self.key(2))
    #expect(second.entries.map(\.until) == [nil, Self.now + 30 * Self.day])
    let value = Array("abcdef0123456789".utf8)
    #expect(second.pseudonyms(of: value).map(\.text).last == first.pseudonyms(of: value)[0].text)
    #expect(second.pruned(at: Self.now + 30 * Self.day - 1) == second)
    #expect(second.pruned(at: Self.now + 30 * Self.day).entries.map(\.key) == [Self.key(2)])
    // The next rotation takes along what is still kept, and destroys what is not.
    let third = try second.rotated(to: Self.key(3), at: Self.now + 31 * Self.day, grace: Self.day)
    #expect(third.entries.map(\.key) == [Self.key(3), Self.key(2)])
  }

  @Test func `what files are recognised by stays the same`() throws {
    let first = KeyRing(Self.key(1))
    var ring = first
    for byte in UInt8(2)...5 { ring = try ring.rotated(to: Self.key(byte), at: Self.now, grace: 0) }
    #expect(ring.fileKey == first.fileKey)
    #expect(ring.entries.count == 1)
    // The first key does not lie in the file any more, not even as that.
    #expect(ring.fileKey != Self.key(1))
  }

  @Test func `a file is what it was written from`() throws {
    var ring = try KeyRing(Self.key(1)).rotated(to: Self.key(2), at: Self.now, grace: Self.day)
    ring = try ring.rotated(to: Self.key(3), at: Self.now + 1, grace: 2 * Self.day)
    let read = try KeyRing(Array(ring.text.utf8), at: "k")
    #expect(read.entries.map(\.key) == ring.entries.map(\.key))
    #expect(read.entries.map(\.until) == ring.entries.map(\.until))
    #expect(read.fileKey == ring.fileKey && read.text == ring.text)
  }

  @Test func `more keys than the limit are refused`() throws {
    var ring = KeyRing(Self.key(1))
    #expect(throws: Problem.self) {
      for byte in UInt8(2)...40 { ring = try ring.rotated(to: Self.key(byte), at: Self.now, grace: Self.day) }
    }
    #expect(ring.entries.count == Limits.keysMax)
  }

  /// A file that was cut must not pass for one with fewer keys: the next rotation would destroy the others.
  @Test func `a damaged file is refused with its line and without its keys`() throws {
    let ring = try KeyRing(Self.key(0x11)).rotated(to: Self.key(0x22), at: Self.now, grace: Self.day)
    let text = ring.text
    for length in "seclog-keys 1\n".count..<text.count {
      let problem = #expect(throws: Problem.self) { try KeyRing(Array(text.prefix(length).utf8), at: "k") }
      #expect(problem.map { "\($0)".contains("1111") || "\($0)".contains("2222") } == false)
    }
    let problem = #expect(throws: Problem.self) {
      try KeyRing(Array(text.replacing("old", with: "odd").utf8), at: "k")
    }
    #expect(problem?.place == "k:4")
  }

  @Test func `a file is replaced as a whole and stays its owner's alone`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("hmac.key")
    try Data(Self.key(1)).write(to: URL(fileURLWithPath: path))
    chmod(path, 0o640)
    // What a run that died left behind is no hindrance.
    try Data("half a key".utf8).write(to: URL(fileURLWithPath: path + ".new"))
    let reader = open(path, O_RDONLY)
    defer { close(reader) }
    try KeyRing.update(path) { try $0.rotated(to: Self.key(2), at: Self.now, grace: Self.day) }
    var before = [UInt8](repeating: 0, count: 100)
    #expect(read(reader, &before, 100) == 32)  // Who had the old one open has it whole.
    #expect(try KeyRing.read(path)?.entries.map(\.key) == [Self.key(2), Self.key(1)])
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["hmac.key"])
    // A change that fails leaves it alone.
    #expect(throws: Problem.self) { try KeyRing.update(path) { _ in throw Problem(.failed, "no") } }
    #expect(try KeyRing.read(path)?.current == Self.key(2))
  }
}
