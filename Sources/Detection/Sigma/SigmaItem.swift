import Events

/// One `field|modifier|…: values` of a detection on its way to a ``Filter``.
struct SigmaItem {
  /// What a value has become so far.
  indirect enum Value {
    case text(SigmaText)
    case number(Double, spelling: String)
    case bool(Bool)
    case null
    case regex(String, flags: String)
    case network(String)
    case compare(Filter.Comparison, Double)
    case exists(Bool)
    case sameAs(String, Filter.Position)
    case datePart(Filter.DatePart, Int)
    /// What one value expanded to; any of them will do, even under `all`.
    case anyOf([Value])
  }

  /// Why an item cannot become a filter.
  struct Fault: Error {
    let what: String
    var note = ""
    /// Index of the offending value, if it is the value and not the modifier.
    var value: Int?
  }

  static let modifiers = [
    "contains", "startswith", "endswith", "all", "re", "i", "ignorecase", "m", "multiline", "s", "dotall", "cased",
    "cidr", "base64", "base64offset", "wide", "utf16le", "utf16be", "utf16", "windash", "exists", "fieldref", "expand",
    "lt", "lte", "gt", "gte", "neq", "minute", "hour", "day", "week", "month", "year",
  ]

  /// More variants of one value than this are refused: `windash` makes five of every dash.
  static let variantsMax = 625

  let field: String
  private var values: [Value]
  private var needsAll = false
  private var caseSensitive = false
  private var negated = false

  init(field: String, modifiers: [String], values: [Value]) throws(Fault) {
    self.field = field
    self.values = values
    for (index, modifier) in modifiers.enumerated() {
      try apply(modifier, isFirst: index == 0)
    }
  }

  var filter: Filter {
    get throws(Fault) {
      var tests: [Filter] = []
      for (index, value) in values.enumerated() { tests.append(try filter(of: value, index)) }
      let sum: Filter = tests.count == 1 ? tests[0] : needsAll ? .all(tests) : .any(tests)
      return negated ? .not(sum) : sum
    }
  }

  // MARK: Modifiers

  private mutating func apply(_ modifier: String, isFirst: Bool) throws(Fault) {
    switch modifier {
    case "all": needsAll = true
    case "cased": caseSensitive = true
    case "neq": negated = true
    case "contains": try position(.anywhere)
    case "startswith": try position(.start)
    case "endswith": try position(.end)
    case "re":
      guard isFirst else { throw Fault(what: "'re' comes first in a chain of modifiers") }
      try each(modifier) { value in
        switch value {
        case .text(let text): .regex(text.raw, flags: "")
        case .number(_, let spelling): .regex(spelling, flags: "")
        default: nil
        }
      }
    case "i", "ignorecase", "m", "multiline", "s", "dotall":
      let flag = String(modifier == "ignorecase" ? "i" : modifier == "dotall" ? "s" : modifier.prefix(1))
      try each(modifier, wants: "an expression: write 're' before it") { value in
        if case .regex(let pattern, let flags) = value { .regex(pattern, flags: flags + flag) } else { nil }
      }
    case "cidr":
      guard isFirst else { throw Fault(what: "'cidr' comes first in a chain of modifiers") }
      try each(modifier, wants: "a network such as 10.0.0.0/8") { value in
        guard case .text(let text) = value, IPNetwork(text.raw) != nil else { return nil }
        return .network(text.raw)
      }
    case "base64":
      try bytes(modifier) { [Base64.encode($0)] }
    case "base64offset":
      try bytes(modifier) { Base64.encodeAtEveryOffset($0) }
    case "wide", "utf16le": try wide(modifier) { $0.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] } }
    case "utf16be": try wide(modifier) { $0.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } }
    case "utf16": try wide(modifier) { [0xFF, 0xFE] + $0.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] } }
    case "windash": try windash()
    case "exists":
      try each(modifier, wants: "true or false") { value in
        switch value {
        case .bool(let wanted): .exists(wanted)
        case .text(let text):
          ["true", "yes"].contains(text.raw.lowercased())
            ? .exists(true) : ["false", "no"].contains(text.raw.lowercased()) ? .exists(false) : nil
        default: nil
        }
      }
    case "fieldref":
      try each(modifier, wants: "the name of a field") { value in
        if case .text(let text) = value, !text.raw.isEmpty { .sameAs(text.raw, .whole) } else { nil }
      }
    case "expand":
      for (index, value) in values.enumerated() {
        guard case .text(let text) = value, let name = text.placeholders.first else { continue }
        throw Fault(
          what: "placeholder %\(name)% has no value", note: "write the values out; placeholders are not filled in",
          value: index)
      }
    case "lt": try compare(.less, modifier)
    case "lte": try compare(.lessOrEqual, modifier)
    case "gt": try compare(.greater, modifier)
    case "gte": try compare(.greaterOrEqual, modifier)
    case "minute", "hour", "day", "week", "month", "year":
      try each(modifier, wants: "a whole number") { value in
        guard case .number(let number, _) = value, let whole = Int(exactly: number) else { return nil }
        return .datePart(Filter.DatePart(rawValue: modifier)!, whole)
      }
    default:
      let closest = Suggestion.closest(to: modifier, among: Self.modifiers)
      throw Fault(what: "unknown modifier '\(modifier)'", note: closest.map { "did you mean '\($0)'?" } ?? "")
    }
  }

  private mutating func each(
    _ modifier: String, wants: String = "a text", _ change: (Value) throws(Fault) -> Value?
  ) throws(Fault) {
    func changed(_ value: Value, _ index: Int) throws(Fault) -> Value {
      if case .anyOf(let variants) = value {
        var all: [Value] = []
        for variant in variants { all.append(try changed(variant, index)) }
        return .anyOf(all)
      }
      guard let result = try change(value) else { throw Fault(what: "'\(modifier)' wants \(wants)", value: index) }
      return result
    }
    var all: [Value] = []
    for (index, value) in values.enumerated() { all.append(try changed(value, index)) }
    values = all
  }

  private mutating func position(_ position: Filter.Position) throws(Fault) {
    try each(position == .start ? "startswith" : position == .end ? "endswith" : "contains") { value in
      switch value {
      case .text(let text): return .text(text.anchored(position))
      case .number(_, let spelling): return .text(SigmaText(literal: spelling).anchored(position))
      case .bool(let value): return .text(SigmaText(literal: value ? "true" : "false").anchored(position))
      case .sameAs(let field, _): return .sameAs(field, position)
      // A regular expression is searched for, so it may stand anywhere already.
      case .regex(let pattern, let flags):
        switch position {
        case .start: return .regex("^(?:\(pattern))", flags: flags)
        case .end: return .regex("(?:\(pattern))$", flags: flags)
        default: return value
        }
      default: return nil
      }
    }
  }

  private mutating func compare(_ comparison: Filter.Comparison, _ modifier: String) throws(Fault) {
    try each(modifier, wants: "a number") { value in
      switch value {
      case .number(let number, _): .compare(comparison, number)
      case .text(let text): Double(text.raw).map { .compare(comparison, $0) }
      default: nil
      }
    }
  }

  private mutating func bytes(_ modifier: String, _ encode: ([UInt8]) -> [String]) throws(Fault) {
    try each(modifier, wants: "a text without wildcards") { value in
      let plain: [UInt8]
      switch value {
      case .text(let text):
        guard let literal = text.literal else { return nil }
        plain = WideText.bytes(of: literal)
      case .number(_, let spelling): plain = Array(spelling.utf8)
      default: return nil
      }
      let variants = encode(plain).map { Value.text(SigmaText(literal: $0)) }
      return variants.count == 1 ? variants[0] : .anyOf(variants)
    }
  }

  private mutating func wide(_ modifier: String, _ encode: (String) -> [UInt8]) throws(Fault) {
    try each(modifier, wants: "a text without wildcards") { value in
      guard case .text(let text) = value, let literal = text.literal else { return nil }
      return .text(SigmaText(literal: WideText.text(of: encode(literal))))
    }
  }

  /// Every dash or slash that begins an option may be any of the dashes that Windows takes for one.
  private mutating func windash() throws(Fault) {
    try each("windash") { (value) throws(Fault) -> Value? in
      guard case .text(let text) = value else { return nil }
      var variants: [[Filter.Pattern.Piece]] = [[]]
      for piece in text.pieces {
        guard case .text(let plain) = piece else {
          variants = variants.map { $0 + [piece] }
          continue
        }
        var texts = [""]
        var previous: Unicode.Scalar?
        let scalars = Array(plain.unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
          let opensOption =
            (scalar == "-" || scalar == "/") && !(previous.map(Self.isWord) ?? false)
            && index + 1 < scalars.count && Self.isWord(scalars[index + 1])
          let choices: [Unicode.Scalar] = opensOption ? ["-", "/", "–", "—", "―"] : [scalar]
          texts = texts.flatMap { text in choices.map { text + String(Character($0)) } }
          guard texts.count * variants.count <= Self.variantsMax else {
            throw Fault(what: "too many dashes for 'windash'", note: "at most four in one value")
          }
          previous = scalar
        }
        variants = variants.flatMap { variant in texts.map { variant + [.text($0)] } }
      }
      let values = variants.map { pieces -> Value in
        var changed = text
        changed.pieces = pieces
        return .text(changed)
      }
      return values.count == 1 ? values[0] : .anyOf(values)
    }
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }

  // MARK: Values become tests

  private func filter(of value: Value, _ index: Int) throws(Fault) -> Filter {
    if case .anyOf(let variants) = value {
      var filters: [Filter] = []
      for variant in variants { filters.append(try filter(of: variant, index)) }
      return .any(filters)
    }
    if field.isEmpty { return .keyword(try keyword(value, index)) }
    return .test(field: field, try test(value, index))
  }

  private func test(_ value: Value, _ index: Int) throws(Fault) -> Filter.Test {
    switch value {
    case .text(let text):
      if let literal = text.literal { return .equals(literal, caseSensitive: caseSensitive) }
      return .like(Filter.Pattern(pieces: text.pieces), caseSensitive: caseSensitive)
    case .number(let number, let spelling): return .number(number, spelling: spelling)
    case .bool(let value): return .equals(value ? "true" : "false")
    case .null: return .null
    case .regex(let pattern, let flags):
      let text = flags.isEmpty ? pattern : "(?\(flags))\(pattern)"
      do { _ = try LinearRegex(text) } catch { throw Fault(what: error.what, value: index) }
      return .regex(text)
    case .network(let network): return .network(network)
    case .compare(let comparison, let number): return .compare(comparison, number)
    case .exists(let wanted): return .exists(wanted)
    case .sameAs(let other, let position): return .sameAs(field: other, position)
    case .datePart(let part, let number): return .datePart(part, number)
    case .anyOf: preconditionFailure("expansions are opened before")
    }
  }

  private func keyword(_ value: Value, _ index: Int) throws(Fault) -> Filter.Test {
    switch value {
    case .text(let text):
      return .like(Filter.Pattern(pieces: text.anchored(.anywhere).pieces), caseSensitive: caseSensitive)
    case .number(_, let spelling): return .like(Filter.Pattern(spelling, at: .anywhere))
    case .bool(let value): return .like(Filter.Pattern(value ? "true" : "false", at: .anywhere))
    case .regex: return try test(value, index)
    default: throw Fault(what: "a keyword is a text, a number or an expression", value: index)
    }
  }
}

/// Texts in UTF-16, kept as a Swift text of the same bytes: NUL after each ASCII letter.
private enum WideText {
  // Bytes above 0x7F stand in the private-use plane until they are encoded, so that no byte is lost.
  private static let base: UInt32 = 0x10_FF00

  static func text(of bytes: [UInt8]) -> String {
    var text = ""
    for byte in bytes {
      text.unicodeScalars.append(byte < 0x80 ? Unicode.Scalar(byte) : Unicode.Scalar(base + UInt32(byte))!)
    }
    return text
  }

  static func bytes(of text: String) -> [UInt8] {
    text.unicodeScalars.flatMap { scalar -> [UInt8] in
      scalar.value >= base + 0x80 && scalar.value <= base + 0xFF
        ? [UInt8(scalar.value - base)] : Array(String(Character(scalar)).utf8)
    }
  }
}

/// Base64 of bytes whose place in a longer text is unknown.
private enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encode(_ bytes: [UInt8]) -> String {
    var out: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let chunk = Array(bytes[start..<min(start + 3, bytes.count)])
      let word = chunk.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << UInt32(16 - 8 * $1.offset) }
      for index in 0..<4 {
        out.append(index <= chunk.count ? alphabet[Int(word >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// The characters that do not depend on what stands before and behind, for each of the three shifts.
  static func encodeAtEveryOffset(_ bytes: [UInt8]) -> [String] {
    (0..<3).map { shift in
      let encoded = encode(Array(repeating: 0x20, count: shift) + bytes)
      let head = [0, 2, 3][shift]
      let tail = [0, 3, 2][(bytes.count + shift) % 3]
      return String(encoded.dropFirst(head).dropLast(tail))
    }
  }
}
