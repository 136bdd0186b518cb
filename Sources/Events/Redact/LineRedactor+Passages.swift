// Reading one hit alone, without the line around it: most names on a line of a log tell no secret, and the
// few bytes beside them show it.

extension LineRedactor {
  /// A text whose bounds are known without reading the line's structure.
  struct Passage {
    var low: Int
    var high: Int
    /// The inside of a JSON string; otherwise the line is plain text.
    var isString: Bool
  }

  private static let passageBytesMax = 2048

  /// The text that `start ..< end` stands in, or nil if only the whole line tells.
  ///
  /// A string that is itself a name, `"name": "API token"`, is no such text.
  func passage(_ line: ByteView, _ start: Int, _ end: Int) -> Passage? {
    guard line[0] == UInt8(ascii: "{") else {
      for i in 0..<line.count where Self.needsStructure(line[i]) { return nil }
      return Passage(low: 0, high: line.count, isString: false)
    }
    // What opens the string: a quote behind `:`, `,`, `[` or `{`.
    var low = start
    let reach = max(1, start - Self.passageBytesMax)
    while low > reach, line[low - 1] != UInt8(ascii: "\"") {
      low -= 1
      guard !Self.needsStructure(line[low]) else { return nil }
    }
    guard low > reach else { return nil }
    var before = low - 1
    while before > 0, isBlank(line[before - 1]) { before -= 1 }
    guard before > 0, ":,[{".utf8.contains(line[before - 1]) else { return nil }
    // What closes it: a quote before `,`, `}`, `]` or `:`.
    var high = start
    let limit = min(line.count, start + Self.passageBytesMax)
    while high < limit, line[high] != UInt8(ascii: "\"") {
      guard !Self.needsStructure(line[high]) else { return nil }
      high += 1
    }
    guard high < limit, end <= high else { return nil }
    var after = high + 1
    while after < line.count, isBlank(line[after]) { after += 1 }
    guard after < line.count, ",}]:".utf8.contains(line[after]) else { return nil }
    if high - low <= 128, cache.classify(line, low, high, tables.names).class.isSensitive { return nil }
    return Passage(low: low, high: high, isString: true)
  }

  @inline(__always)
  private static func needsStructure(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
  }

  /// Whether reading one hit in its passage hides something or leaves something open. All that is found is
  /// forgotten: the line is read as a whole then.
  func finds(_ line: ByteView, in passage: Passage, _ read: (_ low: Int, _ high: Int) -> Void) -> Bool {
    frames[0].view = line
    frames[0].removeHits()
    func finds(_ low: Int, _ high: Int) -> Bool {
      findings.removeAll(keepingCapacity: true)
      opens = nil
      sawHeader = false
      walkBudget = 4 * line.count
      read(low, high)
      return !findings.isEmpty || opens != nil
    }
    guard passage.isString else { return finds(0, line.count) }
    levels.append(Level(isObject: true, close: UInt8(ascii: "}"), inherited: .none))
    let isFound = finds(passage.low, passage.high)
    levels.removeLast()
    if isFound { return true }
    // Where the JSON is broken, the rest of the line is text.
    var last = line.count
    while last > 0, isBlank(line[last - 1]) { last -= 1 }
    return line[last - 1] != UInt8(ascii: "}") && finds(0, line.count)
  }
}
