import Foundation

@testable import Collector

/// A file system in memory, as far as the collector looks at one. Freed inode numbers are used again
/// at once, as ext4 likes to.
final class ModelFiles: FileSystem {
  final class Node {
    let number: UInt64
    var bytes: [UInt8] = []
    var links = 1
    var opened = 0
    /// Whether it was made as a copy of another.
    var isCopy = false
    let born: Int64
    var modified: Int64
    var changed: Int64

    init(number: UInt64, born: Int64, now: Int64) {
      self.number = number
      self.born = born
      modified = now
      changed = now
    }
  }

  /// Wall time of the next change.
  var now: Int64 = 1_700_000_000_000_000
  private(set) var paths: [String: Node] = [:]
  private var handles: [Int32: Node] = [:]
  private var nextHandle: Int32 = 100
  private var used: Set<UInt64> = []
  /// Whether files know when they were born.
  var tellsBirth = true
  /// Times of the kernel move in ticks of this many microseconds.
  var tickMicroseconds: Int64 = 1
  private var directoryChanged: Int64 = 0
  /// Called with a file whose last name and last descriptor are gone: nobody can read its bytes any more.
  var destroyed: ((Node) -> Void)?
  /// Fails calls with this error while it says so.
  var failing: ((String) -> Int32?)?

  var openCount: Int { handles.count }

  // MARK: What the application and logrotate do

  private func tick() -> Int64 {
    now += 1
    return now / tickMicroseconds * tickMicroseconds
  }

  func create(_ path: String) {
    var number: UInt64 = 10
    while used.contains(number) { number += 1 }
    used.insert(number)
    remove(path)
    directoryChanged = tick()
    paths[path] = Node(number: number, born: tellsBirth ? tick() : 0, now: tick())
  }

  func append(_ bytes: [UInt8], to path: String) {
    if paths[path] == nil { create(path) }
    let node = paths[path]!
    node.bytes += bytes
    node.modified = tick()
    node.changed = node.modified
  }

  func truncate(_ path: String) {
    guard let node = paths[path] else { return }
    node.bytes = []
    node.modified = tick()
    node.changed = node.modified
  }

  func rename(_ path: String, to other: String) {
    guard let node = paths.removeValue(forKey: path) else { return }
    remove(other)
    paths[other] = node
    node.changed = tick()
    directoryChanged = tick()
  }

  func copy(_ path: String, to other: String) {
    guard let node = paths[path] else { return }
    create(other)
    paths[other]!.isCopy = true
    append(node.bytes, to: other)
  }

  func link(_ path: String, as other: String) {
    guard let node = paths[path], paths[other] == nil else { return }
    paths[other] = node
    node.links += 1
    node.changed = tick()
    directoryChanged = tick()
  }

  /// Compression keeps the time of the last write.
  func setModified(_ path: String, as other: String) {
    guard let node = paths[path], let original = paths[other] else { return }
    node.modified = original.modified
    node.changed = tick()
  }

  func remove(_ path: String) {
    guard let node = paths.removeValue(forKey: path) else { return }
    node.links -= 1
    node.changed = tick()
    directoryChanged = tick()
    free(node)
  }

  private func free(_ node: Node) {
    guard node.links == 0 && node.opened == 0 else { return }
    used.remove(node.number)
    destroyed?(node)
  }

  /// A killed process has no descriptors.
  func closeAll() {
    for handle in handles.keys { close(handle) }
  }

  /// What lies where, for the story of a failure.
  var summary: String {
    paths.sorted { $0.key < $1.key }.map { "\($0.key) inode \($0.value.number) \($0.value.bytes.count) bytes" }
      .joined(separator: ", ")
  }

  // MARK: FileSystem

  private func status(_ node: Node) -> FileStatus {
    FileStatus(
      id: InodeID(device: 1, inode: node.number, born: node.born), kind: .file, size: Int64(node.bytes.count),
      modified: node.modified,
      changed: node.changed, links: node.links)
  }

  func status(at path: String) throws(FileError) -> FileStatus {
    if let code = failing?(path) { throw FileError(code: code) }
    if path == "/logs" {
      return FileStatus(
        id: InodeID(device: 1, inode: 2), kind: .directory, size: 4096, modified: directoryChanged,
        changed: directoryChanged, links: 2)
    }
    guard let node = paths[path] else { throw FileError(code: ENOENT) }
    return status(node)
  }

  func status(of handle: Handle) throws(FileError) -> FileStatus {
    guard let node = handles[handle] else { throw FileError(code: EBADF) }
    return status(node)
  }

  func open(_ path: String) throws(FileError) -> Handle {
    guard let node = paths[path] else { throw FileError(code: ENOENT) }
    if let code = failing?(path) { throw FileError(code: code) }
    node.opened += 1
    nextHandle += 1
    handles[nextHandle] = node
    return nextHandle
  }

  func close(_ handle: Handle) {
    guard let node = handles.removeValue(forKey: handle) else { return }
    node.opened -= 1
    free(node)
  }

  func read(_ handle: Handle, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    guard let node = handles[handle] else { throw FileError(code: EBADF) }
    if let code = failing?("read") { throw FileError(code: code) }
    let start = min(Int(offset), node.bytes.count)
    let count = min(buffer.count, node.bytes.count - start)
    node.bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + count])) }
    return count
  }

  func dataOffset(_ handle: Handle, from offset: Int64) -> Int64? { offset }

  func isBeingWritten(_ handle: Handle) -> Bool? { false }

  func target(of path: String) -> String? { nil }

  func names(in directory: String) throws(FileError) -> [String] {
    if let code = failing?(directory) { throw FileError(code: code) }
    let prefix = directory + "/"
    return paths.keys.filter { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains("/") }.map {
      String($0.dropFirst(prefix.count))
    }
  }
}
