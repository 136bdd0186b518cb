import Testing

@testable import Collector
@testable import Events

struct ManyFilesTests {
  /// Each file is looked at on its own: what is asked of the file system grows with their number, not
  /// with its square.
  @Test(arguments: [100, 400])
  func `logs that begin with the same banner are not compared with each other`(count: Int) {
    let files = ModelFiles()
    let banner = Array("{\"msg\":\"starting service, build 1234 \(String(repeating: "=", count: 100))\"}\n".utf8)
    for number in 0..<count {
      files.append(banner + Array("{\"n\":\(number)}\n".utf8), to: "/logs/worker\(number)x.log")
    }
    var calls = 0
    files.failing = { _ in
      calls += 1
      return nil
    }
    let follower = FileFollower(
      patterns: ["/logs/*.log"], files: files, reader: PlainReader(), hasher: IdentityHasher(secret: [1, 2, 3]),
      positions: [], options: FileFollower.Options(), notes: nil)
    follower.survey()
    var lines = 0
    while follower.hasWork {
      follower.work()
      while let commit = follower.takeCommit(force: true) { lines += commit.changes.count }
    }
    #expect(lines == 2 * count)
    #expect(calls < 30 * count, "\(calls) calls for \(count) files")
  }
}

struct CutFileTests {
  /// What was kept was read, what follows it was not. Where both meet is known where reading once ended.
  @Test(arguments: [10, 120])
  func `a file that is cut in its middle is read on from there`(added: Int) {
    let files = ModelFiles()
    var number = 0
    func append(_ count: Int) {
      for _ in 0..<count {
        number += 1
        files.append(
          Array("{\"n\":\(number),\"pad\":\"\(String(repeating: "x", count: 80))\"}\n".utf8), to: "/logs/app.log")
      }
    }
    let follower = FileFollower(
      patterns: ["/logs/*.log"], files: files, reader: PlainReader(), hasher: IdentityHasher(secret: [1, 2, 3]),
      positions: [], options: FileFollower.Options(), notes: nil)
    var stored: [String] = []
    func read() {
      follower.survey()
      while follower.hasWork {
        follower.work()
        while let commit = follower.takeCommit(force: true) { stored += commit.changes.map(\.event.message) }
      }
    }
    append(60)
    read()
    let kept = files.paths["/logs/app.log"]!.bytes
    append(70)
    read()
    files.truncate("/logs/app.log")
    files.append(kept, to: "/logs/app.log")
    append(added)
    read()
    #expect(stored.count == number)
    #expect(Set(stored).count == number)
  }
}
