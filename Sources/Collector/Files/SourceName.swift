/// Which application a log file belongs to, read from its path (decision 10).
enum SourceName {
  /// The container of a Kubernetes log, else the file's name up to rotation marks and ending.
  static func app(of path: String) -> String {
    let parts = path.split(separator: "/").map(String.init)
    guard let name = parts.last else { return "" }
    // /var/log/pods/NAMESPACE_POD_UID/CONTAINER/0.log
    if parts.count >= 4, parts[parts.count - 4] == "pods" || parts.dropLast(3).last == "pods",
      name.first?.isNumber == true
    {
      return parts[parts.count - 2]
    }
    // /var/log/containers/POD_NAMESPACE_CONTAINER-<64 hex digits>.log
    if parts.dropLast().last == "containers" {
      let fields = name.split(separator: "_")
      if fields.count == 3, let dash = fields[2].lastIndex(of: "-") { return String(fields[2][..<dash]) }
    }
    let stem = name.split(separator: ".", omittingEmptySubsequences: true).first.map(String.init) ?? name
    // app-20261121.log belongs to app.
    var words = stem.split(separator: "-", omittingEmptySubsequences: false)
    while words.count > 1, let last = words.last, !last.isEmpty, last.allSatisfy(\.isNumber) { words.removeLast() }
    return words.joined(separator: "-")
  }
}
