import Events
import Foundation

/// Small text files: configuration, rules, queries. Never logs.
enum TextFile {
  static let bytesMax = 4 << 20

  /// - Throws: ``Problem`` that says why the file cannot be read.
  static func read(_ path: String) throws -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw problem(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    fstat(descriptor, &status)
    guard status.st_mode & S_IFMT != S_IFDIR else { throw problem(path, EISDIR) }
    guard status.st_size <= bytesMax else {
      throw Problem(.data, at: path, "over \(bytesMax >> 20) MiB; this is no file of ours.")
    }
    let data = try FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).readToEnd() ?? Data()
    guard let text = String(data: data, encoding: .utf8) else {
      throw Problem(.data, at: path, "not UTF-8 text.", next: "Convert it:  iconv -t UTF-8 \(path)")
    }
    return text
  }

  static func problem(_ path: String, _ code: Int32) -> Problem {
    let directory = (path as NSString).deletingLastPathComponent
    return switch code {
    case ENOENT, ENOTDIR:
      Problem(
        .failed, at: path, "no such file.", next: "See what is there:  ls -l \(directory.isEmpty ? "." : directory)")
    case EACCES, EPERM:
      Problem(.permission, at: path, "permission denied.", next: "Run this as a user who may read it:  ls -ld \(path)")
    case EISDIR: Problem(.data, at: path, "is a directory, not a file.", next: "Name one file in it.")
    default: Problem(.failed, at: path, String(cString: strerror(code)) + ".")
    }
  }

  /// All bytes of a file that need not be text; `-` is standard input.
  static func bytes(of path: String) throws -> [UInt8] {
    if path == "-" { return [UInt8](FileHandle.standardInput.readDataToEndOfFile()) }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw problem(path, errno) }
    defer { close(descriptor) }
    do {
      return [UInt8](try FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).readToEnd() ?? Data())
    } catch {
      // Reading is what a directory refuses, not opening.
      var status = stat()
      fstat(descriptor, &status)
      throw problem(path, status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EIO)
    }
  }
}
