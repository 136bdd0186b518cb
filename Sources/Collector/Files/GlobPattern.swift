/// A path with `*`, `?`, `[…]` and `**`: which files a run reads.
///
/// As in shells, a wildcard does not match a leading dot, nor a slash; `**` matches any depth.
struct GlobPattern: Hashable, Sendable {
  let text: String
  /// Whether it names exactly one path.
  let isLiteral: Bool
  private let parts: [String]
  private let isAbsolute: Bool

  /// - Parameter isPath: whether the text is a path although it holds what a pattern may hold.
  init(_ given: String, isPath: Bool = false) {
    isAbsolute = given.utf8.first == UInt8(ascii: "/")
    parts = given.split(separator: "/").map(String.init).filter { $0 != "." }
    // One spelling for each path, so that what `expand` finds and what changes are compared equal.
    text = (isAbsolute ? "/" : "") + parts.joined(separator: "/")
    isLiteral = isPath || !Self.hasWildcard(text)
  }

  /// Directories that hold, or may come to hold, matching files, and the matching paths that exist.
  ///
  /// - Throws: never; directories that cannot be listed are reported through `unreadable`.
  func expand(in files: any FileSystem, unreadable: (String, FileError) -> Void) -> (
    paths: [String], directories: Set<String>
  ) {
    if isLiteral { return ([text], [Self.directory(of: text)]) }
    var directories: Set<String> = []
    var paths: [String] = []
    walk(isAbsolute ? "/" : ".", parts[...], files, &paths, &directories, depth: 0, unreadable)
    return (paths, directories)
  }

  private func walk(
    _ directory: String, _ rest: ArraySlice<String>, _ files: any FileSystem, _ paths: inout [String],
    _ directories: inout Set<String>, depth: Int, _ unreadable: (String, FileError) -> Void
  ) {
    guard let part = rest.first, depth < 64 else { return }
    let isLast = rest.count == 1
    if !Self.hasWildcard(part) {
      let path = Self.join(directory, part)
      if isLast {
        directories.insert(directory)
        if (try? files.status(at: path)) != nil { paths.append(path) }
      } else {
        walk(path, rest.dropFirst(), files, &paths, &directories, depth: depth + 1, unreadable)
      }
      return
    }
    let names: [String]
    do {
      names = try files.names(in: directory)
    } catch {
      if depth == 0 || error.code != 2 && error.code != 20 { unreadable(directory, error) }
      directories.insert(directory)
      return
    }
    directories.insert(directory)
    if part == "**" {
      for below in Self.tree(directory, names, files, unreadable) {
        walk(below, rest.dropFirst(), files, &paths, &directories, depth: depth + 1, unreadable)
      }
      return
    }
    for name in names where Self.matches(name, part) {
      let path = Self.join(directory, name)
      if isLast {
        paths.append(path)
      } else if let status = try? files.status(at: path), status.kind == .directory {
        walk(path, rest.dropFirst(), files, &paths, &directories, depth: depth + 1, unreadable)
      }
    }
  }

  /// A directory and all those below it, each once: a link that leads to where the walk comes by anyway, as one to a
  /// directory above, leads to no other files.
  private static func tree(
    _ top: String, _ names: [String], _ files: any FileSystem, _ unreadable: (String, FileError) -> Void
  ) -> [String] {
    var found: [String] = []
    var seen: Set<InodeID> = []
    // Links wait until all that is there without them was seen, so that the names stay the same from look to look.
    var links: [(path: String, depth: Int)] = []
    var pending = [(path: top, depth: 0)]
    while let (path, depth) = pending.popLast() ?? links.popLast() {
      guard depth < 64, let status = try? files.status(at: path), status.kind == .directory,
        seen.insert(status.id).inserted
      else { continue }
      found.append(path)
      let below: [String]
      do {
        below = path == top ? names : try files.names(in: path)
      } catch {
        if !error.isAbsence { unreadable(path, error) }
        continue
      }
      var more: [(path: String, depth: Int)] = []
      for name in below.sorted(by: >) where !name.hasPrefix(".") {
        let next = join(path, name)
        guard (try? files.status(at: next))?.kind == .directory else { continue }
        if files.target(of: next) == nil {
          more.append((next, depth + 1))
        } else {
          links.insert((next, depth + 1), at: 0)
        }
      }
      pending += more
    }
    return found
  }

  /// Whether the pattern leads to this path, spelled as ``expand(in:unreadable:)`` would.
  func matches(path: String) -> Bool {
    if isLiteral { return path == text }
    let own = path.split(separator: "/").map(String.init)
    return Self.matches(isAbsolute ? own[...] : (own.first == "." ? own.dropFirst() : own[...]), parts[...])
  }

  private static func matches(_ path: ArraySlice<String>, _ parts: ArraySlice<String>) -> Bool {
    guard let part = parts.first else { return path.isEmpty }
    if part == "**" {
      return matches(path, parts.dropFirst())
        || (path.first.map { !$0.hasPrefix(".") } ?? false && matches(path.dropFirst(), parts))
    }
    guard let name = path.first, hasWildcard(part) ? matches(name, part) : name == part else { return false }
    return matches(path.dropFirst(), parts.dropFirst())
  }

  private static func hasWildcard(_ text: String) -> Bool {
    text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
  }

  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static func name(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  static func join(_ directory: String, _ name: String) -> String {
    directory == "." ? name : directory == "/" ? "/" + name : directory + "/" + name
  }

  /// One name against one part; linear but for the last `*`, which is enough (no backtracking over stars).
  static func matches(_ name: String, _ part: String) -> Bool {
    let text = Array(name.utf8)
    let glob = Array(part.utf8)
    if text.first == UInt8(ascii: ".") && glob.first != UInt8(ascii: ".") { return false }
    var t = 0
    var g = 0
    var star: (g: Int, t: Int)?
    while t < text.count {
      if g < glob.count, glob[g] == UInt8(ascii: "*") {
        star = (g, t)
        g += 1
        continue
      }
      if g < glob.count, let next = one(text[t], glob, g) {
        t += 1
        g = next
        continue
      }
      guard let last = star else { return false }
      star = (last.g, last.t + 1)
      t = last.t + 1
      g = last.g + 1
    }
    while g < glob.count && glob[g] == UInt8(ascii: "*") { g += 1 }
    return g == glob.count
  }

  /// Matches one byte; the place after the matched element, or `nil`.
  private static func one(_ byte: UInt8, _ glob: [UInt8], _ g: Int) -> Int? {
    if glob[g] == UInt8(ascii: "?") { return g + 1 }
    guard glob[g] == UInt8(ascii: "["), let end = glob[(g + 1)...].dropFirst().firstIndex(of: UInt8(ascii: "]")) else {
      return glob[g] == byte ? g + 1 : nil
    }
    var set = glob[(g + 1)..<end]
    let isNegated = set.first == UInt8(ascii: "!") || set.first == UInt8(ascii: "^")
    if isNegated { set = set.dropFirst() }
    var isIn = false
    var i = set.startIndex
    while i < set.endIndex {
      if i + 2 < set.endIndex, set[i + 1] == UInt8(ascii: "-") {
        if set[i] <= byte && byte <= set[i + 2] { isIn = true }
        i += 3
      } else {
        if set[i] == byte { isIn = true }
        i += 1
      }
    }
    return isIn != isNegated ? end + 1 : nil
  }
}
