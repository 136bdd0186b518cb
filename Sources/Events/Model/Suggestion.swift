/// "Did you mean": the known name that a mistyped one was most likely meant to be.
public enum Suggestion {
  /// - Returns: the closest name, or `nil` if none is close enough to be a typing mistake: at most a
  ///   third of the letters differ, a swap of neighbours counting once.
  /// - Complexity: O(names × length²); names longer than 64 bytes are not considered.
  public static func closest(to word: String, among names: some Sequence<String>) -> String? {
    let typed = Array(word.lowercased().utf8.prefix(65))
    guard !typed.isEmpty, typed.count <= 64 else { return nil }
    var best: (name: String, distance: Int)?
    for name in names {
      let known = Array(name.lowercased().utf8)
      guard known.count <= 64 else { continue }
      let allowed = max(1, (max(typed.count, known.count) + 1) / 3)
      let isPrefix = typed.count >= 3 && known.starts(with: typed)
      let distance = isPrefix ? 1 : distance(typed, known)
      guard distance <= allowed, distance < max(typed.count, known.count) else { continue }
      if distance < best?.distance ?? .max { best = (name, distance) }
    }
    return best?.name
  }

  /// A sentence to append to a message: `" Did you mean 'query'?"`, or nothing.
  public static func sentence(for word: String, among names: some Sequence<String>) -> String {
    closest(to: word, among: names).map { " Did you mean '\($0)'?" } ?? ""
  }

  /// Optimal string alignment: insertions, deletions, substitutions, swaps of neighbours.
  static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    var row = last
    for i in 1...a.count {
      row[0] = i
      for j in 1...b.count {
        let same = a[i - 1] == b[j - 1]
        row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1))
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          row[j] = min(row[j], beforeLast[j - 2] + 1)
        }
      }
      (beforeLast, last, row) = (last, row, beforeLast)
    }
    return last[b.count]
  }
}
