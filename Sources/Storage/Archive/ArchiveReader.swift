import Events
import Glibc

/// Reads the blocks of one segment.
final class ArchiveReader {
  let segment: ArchiveSegment
  /// Where its file was found.
  let path: String
  private let handle: Int32

  /// - Parameter directory: looked into if the file is not where it was written; `nil` = nowhere else.
  /// - Throws: ``Events/Problem`` if there is no such file, or it cannot be read.
  init(_ segment: ArchiveSegment, directory: String? = nil) throws {
    self.segment = segment
    let name = segment.path.split(separator: "/").last.map(String.init) ?? segment.path
    let moved = directory.map { "\($0)/\(name)" }
    path = moved.flatMap { access($0, F_OK) == 0 ? $0 : nil } ?? segment.path
    handle = open(path, O_RDONLY | O_CLOEXEC)
    guard handle >= 0 else {
      throw Problem(
        errno == EACCES ? .permission : .failed, at: path, "cannot be read: \(String(cString: strerror(errno))).",
        next: errno == ENOENT ? "If the archive was moved, say where to:  --archive DIRECTORY" : "")
    }
  }

  deinit { close(handle) }

  var size: Int64 {
    var info = stat()
    return fstat(handle, &info) == 0 ? Int64(info.st_size) : 0
  }

  /// The text of a block.
  ///
  /// - Throws: ``Events/Problem`` if it is not what was written.
  func text(of block: ArchiveBlock) throws -> [UInt8] {
    var failure = 0
    let member = [UInt8](unsafeUninitializedCapacity: Int(block.length)) { room, count in
      while count < room.count {
        let more = pread(handle, room.baseAddress! + count, room.count - count, off_t(block.offset) + count)
        if more < 0 && errno == EINTR { continue }
        guard more > 0 else {
          failure = more == 0 ? -1 : Int(errno)
          break
        }
        count += more
      }
    }
    if failure > 0 { throw problem(block, "cannot be read: \(String(cString: strerror(Int32(failure))))") }
    guard failure == 0 else { throw problem(block, "\(block.length - Int64(member.count)) of its bytes are missing") }
    guard ArchiveMember.checksum(member) == block.checksum else { throw problem(block, "its bytes were changed") }
    guard let text = Gunzipper.text(of: member, textBytes: Int(block.textBytes)) else {
      throw problem(block, "it does not decompress")
    }
    return text
  }

  private func problem(_ block: ArchiveBlock, _ what: String) -> Problem {
    Problem(
      .data, at: "\(path):@\(block.offset)",
      "a block of \(block.lines) lines is damaged, \(what): "
        + "\(Timestamp.rfc3339(block.firstTs)) to \(Timestamp.rfc3339(block.lastTs)).")
  }
}

extension EventStore {
  /// Holds the archive's files against what the store knows of them.
  ///
  /// - Parameter directory: where the files are if they were moved.
  /// - Returns: what is damaged or missing; empty if every committed line is there.
  public func verifyArchive(directory: String? = nil) throws -> (blocks: Int, problems: [Problem]) {
    var problems: [Problem] = []
    var count = 0
    for segment in try archive().segments {
      let reader: ArchiveReader
      do {
        reader = try ArchiveReader(segment, directory: directory)
      } catch let problem as Problem {
        if segment.lines > 0 {
          problems.append(
            Problem(problem.code, at: problem.place, "\(segment.lines) lines: \(problem.what)", next: problem.nextStep))
        }
        continue
      }
      var end = Int64(ArchiveMember.nothing.bytes.count)
      for block in try archiveBlocks(of: segment) {
        count += 1
        if block.offset != end {
          problems.append(Problem(.data, at: "\(reader.path):@\(end)", "no block begins here in the store's table."))
        }
        end = block.offset + block.length
        do {
          _ = try reader.text(of: block)
        } catch let problem as Problem {
          problems.append(problem)
        }
      }
      if end != segment.length {
        problems.append(Problem(.data, at: "\(reader.path):@\(end)", "the store's table ends before the segment does."))
      }
      if segment.isClosed, reader.size > segment.length {
        problems.append(
          Problem(
            .data, at: "\(reader.path):@\(segment.length)",
            "\(reader.size - segment.length) bytes follow the last line that was committed."))
      }
    }
    return (count, problems)
  }
}
