import Foundation
import TestSupport
import Testing

/// Runs the built program as a person would, in a directory and a home of its own.
struct Program {
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String
  }

  /// Deleted with the value.
  let folder: TemporaryFolder
  var environment: [String: String]

  init() throws {
    folder = try TemporaryFolder()
    environment = [
      "HOME": folder.path, "TZ": "UTC", "LC_ALL": "C.UTF-8", "TMPDIR": folder.path,
      "PATH": "\((Self.path as NSString).deletingLastPathComponent):/usr/local/bin:/usr/bin:/bin",
    ]
  }

  /// `$SECLOG_BINARY`, else the program beside the test bundle.
  static let path: String = {
    if let path = ProcessInfo.processInfo.environment["SECLOG_BINARY"], !path.isEmpty { return path }
    let test =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return (test as NSString).deletingLastPathComponent + "/seclog"
  }()

  /// The checkout, for files that tests read.
  static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  static var samples: [String] {
    ["compere", "dragdropdeploy", "glaze", "tmi", "trueppm"].map { "\(checkout)/Sources/seclog/Samples/\($0).log" }
  }

  @discardableResult
  func run(_ arguments: [String], input: String = "") throws -> Outcome {
    try run(executable: Self.path, arguments, input: Data(input.utf8))
  }

  /// As a user without rights, also when the tests run as root, who may read and write everything.
  @discardableResult
  func runUnprivileged(_ arguments: [String]) throws -> Outcome {
    guard geteuid() == 0 else { return try run(arguments) }
    let user = ["--reuid=65534", "--regid=65534", "--clear-groups"]
    var path = Self.path
    if try run(executable: "/usr/bin/setpriv", user + ["test", "-x", path], input: Data()).status != 0 {
      path = "\(folder.path)/seclog"  // The checkout is for root's eyes only.
      if access(path, F_OK) != 0 { try FileManager.default.copyItem(atPath: Self.path, toPath: path) }
    }
    return try run(executable: "/usr/bin/setpriv", user + [path] + arguments, input: Data())
  }

  /// A failed log-in of this user, with a newline.
  static func line(of user: Int) -> [UInt8] {
    Array(
      #"{"time":"2026-11-20T10:00:00Z","level":"WARN","msg":"login failed","user":"u\#(user)","client_ip":"203.0.113.9"}"#
        .utf8) + [10]
  }

  /// Appends failed log-ins, each with a write of its own.
  func append(_ users: Range<Int>, to name: String = "app.log") {
    let handle = open("\(folder.path)/\(name)", O_WRONLY | O_CREAT | O_APPEND, 0o644)
    defer { close(handle) }
    for user in users {
      _ = Self.line(of: user).withUnsafeBytes { Foundation.write(handle, $0.baseAddress!, $0.count) }
    }
  }

  /// The last row of an answer, which is of numbers.
  func numbers(_ sql: String, in store: String = "e.db") throws -> [Int] {
    try run(["query", "--db", store, "--format", "csv", "--sql", sql]).output
      .split(whereSeparator: \.isNewline).last?.split(separator: ",").compactMap { Int($0) } ?? []
  }

  /// How many events the store has, and of how many actors: two numbers, none if it cannot be read.
  func stored(where condition: String = "true", in store: String = "e.db") throws -> [Int] {
    try numbers("SELECT count(*) AS n, count(DISTINCT actor) AS actors FROM events WHERE \(condition)", in: store)
  }

  func shell(_ command: String) throws -> Outcome {
    try run(executable: "/bin/bash", ["-c", command], input: Data())
  }

  func run(executable: String, _ arguments: [String], input: Data) throws -> Outcome {
    // Files, not pipes: a child that writes more than a pipe holds would wait for us.
    let name = UUID().uuidString
    let files = ["in", "out", "err"].map { "\(folder.path)/.\(name).\($0)" }
    defer { for file in files { try? FileManager.default.removeItem(atPath: file) } }
    try input.write(to: URL(fileURLWithPath: files[0]))
    let child = try Child(
      executable, arguments, environment: environment, directory: folder.path, input: files[0], output: files[1],
      errors: files[2])
    let status = child.wait()
    func text(_ file: String) throws -> String {
      String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
    }
    return Outcome(status: status, output: try text(files[1]), errors: try text(files[2]))
  }

  /// Writes a file into the directory of the program.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    let path = "\(folder.path)/\(name)"
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }
}
