import Testing

@testable import Events

struct ByteCountTests {
  @Test(arguments: [
    ("0", 0), ("4096", 4096), ("10b", 10), ("500MB", 500_000_000), ("10 GB", 10_000_000_000), ("64k", 65_536),
    ("10G", 10_737_418_240), ("1.5 GiB", 1_610_612_736), ("2TiB", 2_199_023_255_552),
  ])
  func `sizes are read as people write them`(text: String, bytes: Int64) { #expect(ByteCount(text)?.bytes == bytes) }

  @Test(arguments: ["", "much", "-1", "10 X", "1..5M", "MB", "1e9", "10G 5", "999999999TB", "1.2.3"])
  func `what is no size is refused`(text: String) { #expect(ByteCount(text) == nil) }
}
