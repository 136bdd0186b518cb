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
    guard status.st_mode & S_IFMT != S_IFDIR else { throw Problem(.data, at: path, "is a directory, not a file.") }
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
    switch code {
    case ENOENT: Problem(.failed, at: path, "no such file.")
    case EACCES, EPERM: Problem(.permission, at: path, "permission denied.")
    default: Problem(.failed, at: path, String(cString: strerror(code)))
    }
  }
}
