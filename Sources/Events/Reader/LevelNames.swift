/// Names and numbers of levels, in the dialects of the loggers.
enum LevelNames {
  enum Dialect: String, Sendable, Codable {
    /// pino, bunyan: 10 trace … 60 fatal.
    case pino
    /// Python's `levelno`: 10 debug … 50 critical.
    case python
    /// RFC 5424: 0 emergency … 7 debug.
    case syslog
    /// OpenTelemetry `SeverityNumber`: 1 trace … 24 fatal.
    case otlp
    /// OCSF `severity_id`: 1 informational … 6 fatal.
    case ocsf
    /// Logback `level_value`: 5000 trace … 40000 error.
    case logback
    /// One letter of klog and MongoDB.
    case letter
    /// Redis marks: `.` debug, `-` verbose, `*` notice, `#` warning.
    case redis
    /// Postgres: `LOG` is no more than info, `DETAIL` and its kin have no level of their own.
    case postgres
    /// The key does not hold a severity (Kubernetes audit: `Metadata`).
    case none
  }

  /// - Returns: `nil` if the text is no level name at all.
  static func level(_ text: UnsafeRawBufferPointer) -> ParsedRecord.Level? {
    guard text.count >= 3, text.count <= 13 else { return nil }
    var key: UInt64 = 0
    for byte in text.prefix(8) { key = key << 8 | UInt64((0x41...0x5a).contains(byte) ? byte | 0x20 : byte) }
    guard let (level, counts) = table[key], counts.contains(text.count) else { return nil }
    return level
  }

  /// As ``level(_:)``, for a word in running text: what is also a plain word (`http: proxy error`)
  /// must be in capitals.
  static func level(inText text: UnsafeRawBufferPointer) -> ParsedRecord.Level? {
    guard let level = level(text) else { return nil }
    if text.allSatisfy({ (0x41...0x5a).contains($0) || (0x30...0x39).contains($0) }) { return level }
    return plainWords.contains(String(decoding: text, as: UTF8.self).lowercased()) ? nil : level
  }

  private static let plainWords: Set<String> = [
    "http", "system", "default", "config", "failure", "fine", "finer", "finest", "silly", "spam", "note", "log",
    "alert",
  ]

  static func level(_ text: String) -> ParsedRecord.Level? {
    var text = text
    return text.withUTF8 { level(UnsafeRawBufferPointer($0)) }
  }

  /// The level that a value of a level key stands for; `.none` if it stands for none.
  static func level(_ value: String, _ dialect: Dialect?) -> ParsedRecord.Level {
    if dialect == LevelNames.Dialect.none { return .none }
    switch dialect {
    case .letter: return letters[value] ?? level(value) ?? .none
    case .redis: return [".": .debug, "-": .debug, "*": .info, "#": .warn][value] ?? .none
    case .postgres where value == "LOG": return .info
    default: break
    }
    if let level = level(value) { return level }
    // slog writes levels between the named ones as `INFO+2`.
    if let sign = value.firstIndex(where: { $0 == "+" || $0 == "-" }), sign != value.startIndex,
      let base = level(String(value[..<sign]))
    {
      let steps = Int(value[value.index(after: sign)...]) ?? 0
      return shifted(base, value[sign] == "+" ? steps : -steps)
    }
    guard let number = Double(value) else { return letters[value] ?? .none }
    switch dialect {
    case .syslog: return syslog(Int(number))
    case .otlp:
      switch Int(number) {
      case 1...4: return .trace
      case 5...8: return .debug
      case 9...12: return .info
      case 13...16: return .warn
      case 17...20: return .error
      case 21...24: return .fatal
      default: return .none
      }
    case .ocsf:
      switch Int(number) {
      case 1: return .info
      case 2, 3: return .warn
      case 4, 5: return .error
      case 6: return .fatal
      default: return .none
      }
    case .python where number >= 50: return .fatal
    case .logback: return steps(number / 1_000 + (number >= 10_000 ? 10 : 5))
    default:
      // By size: 0 to 7 is syslog's scale, tens are pino's and Python's.
      return number < 8 ? syslog(Int(number)) : steps(number)
    }
  }

  /// pino's scale, which allows numbers between the named ones.
  private static func steps(_ number: Double) -> ParsedRecord.Level {
    switch number {
    case ..<20: .trace
    case ..<30: .debug
    case ..<40: .info
    case ..<50: .warn
    case ..<60: .error
    default: .fatal
    }
  }

  static func syslog(_ number: Int) -> ParsedRecord.Level {
    switch number {
    case 0...2: .fatal
    case 3: .error
    case 4: .warn
    case 5, 6: .info
    case 7: .debug
    default: .none
    }
  }

  /// slog counts four steps between two names.
  private static func shifted(_ base: ParsedRecord.Level, _ steps: Int) -> ParsedRecord.Level {
    let order: [ParsedRecord.Level] = [.trace, .debug, .info, .warn, .error, .fatal]
    guard let index = order.firstIndex(of: base) else { return base }
    let floor = Int((Double(steps) / 4).rounded(.down))
    return order[min(max(index + floor, 0), order.count - 1)]
  }

  private static let letters: [String: ParsedRecord.Level] = [
    "T": .trace, "V": .trace, "D": .debug, "I": .info, "N": .info, "W": .warn, "E": .error, "C": .fatal, "F": .fatal,
    "P": .fatal,
  ]

  /// By the first eight letters, with the lengths of the whole words.
  private static let table: [UInt64: (ParsedRecord.Level, [Int])] = {
    var table: [UInt64: (ParsedRecord.Level, [Int])] = [:]
    let names: [(ParsedRecord.Level, [String])] = [
      (.trace, ["trace", "trc", "verbose", "finest", "finer", "silly", "spam"]),
      (.debug, ["debug", "dbg", "fine", "debug1", "debug2", "debug3", "debug4", "debug5"]),
      (
        .info,
        [
          "info", "inf", "information", "informational", "notice", "log", "config", "http", "note", "system", "default",
          "success",
        ]
      ),
      (.warn, ["warn", "warning", "wrn"]),
      (.error, ["error", "err", "severe", "eror", "failure"]),
      (.fatal, ["fatal", "critical", "crit", "alert", "emerg", "emergency", "panic", "dpanic", "ftl", "pnc"]),
    ]
    for (level, words) in names {
      for word in words {
        var key: UInt64 = 0
        for byte in word.utf8.prefix(8) { key = key << 8 | UInt64(byte) }
        table[key, default: (level, [])].1.append(word.utf8.count)
      }
    }
    return table
  }()
}
