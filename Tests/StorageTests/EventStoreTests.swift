import Foundation
import Testing

@testable import Events
@testable import Storage

struct EventStoreTests {
  @Test func `what was committed is there in the next store object`() throws {
    let folder = try TemporaryFolder()
    let store = try EventStore(path: folder.path("a/events.db"), access: .readWrite)
    var commit = Commit()
    commit.changes = (1...3).map { .insert(.sample($0)) }
    commit.positions = [StoredPosition(key: "k", path: "/x", offset: 5, identity: "{}", state: "{}")]
    try store.commit(commit)
    let again = try EventStore(path: folder.path("a/events.db"), access: .readOnly)
    #expect(try again.positions() == commit.positions)
    #expect(try again.read { try $0.rows("SELECT count(*) FROM events").rows } == [[3]])
  }
}
