import Foundation
import Testing

@testable import Collector

/// The output of an application of `seclog run` while the store takes nothing.
struct OutputFilesTests {
  @Test func `what waits is bounded, and each byte that is given up is counted once`() throws {
    // In memory, as the program does it: not every file system takes pages back.
    let folder = URL(fileURLWithPath: "/dev/shm/seclog-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (own, _) = try OutputFile.open(in: folder.path)
    let files = OutputFiles(files: [own.path: own], own: own, bytesMax: 1 << 20)
    let handle = try own.openForWriting()
    defer { close(handle) }
    let part = [UInt8](repeating: 0x78, count: 100 << 10)
    var dropped: Int64 = 0
    var written: Int64 = 0
    for _ in 0..<80 {
      try #require(write(handle, part, part.count) == part.count)
      written += Int64(part.count)
      dropped += files.keepBounded { _ in 5000 }
      // The shell asks again and again.
      #expect(files.keepBounded { _ in 5000 } == 0)
      var info = stat()
      fstat(handle, &info)
      #expect(Int64(info.st_blocks) * 512 <= 1_310_720 + 102_400 + 16_384)
    }
    #expect(dropped > 6_000_000)
    #expect(written - dropped >= 1_048_576 && written - dropped <= 1_572_864)
    // All was read after all: nothing more is given up.
    #expect(files.keepBounded { _ in written } == 0)
  }
}
