/// A ``Filter`` ready to run: names resolved, needles folded, expressions compiled.
///
/// May be shared by threads.
public struct CompiledFilter: Sendable {
  private indirect enum Node: Sendable {
    case constant(Bool)
    case all([Node])
    case any([Node])
    case not(Node)
    case test(Field, CompiledTest)
    case presence(Field, exists: Bool, orNull: Bool)
    case sameAs(Field, Field, Filter.Position)
    case keyword(CompiledTest)
  }
  private let root: Node
  /// Whether it looks at fields that are no columns.
  let readsAttrs: Bool

  /// - Throws: ``Problem`` for an expression or a network that does not parse.
  public init(_ filter: Filter) throws(Problem) {
    root = try Self.compile(filter)
    readsAttrs = Self.readsAttrs(root)
  }

  private static func readsAttrs(_ node: Node) -> Bool {
    switch node {
    case .constant: false
    case .all(let nodes), .any(let nodes): nodes.contains(where: readsAttrs)
    case .not(let node): readsAttrs(node)
    case .test(let field, _), .presence(let field, _, _): field.column == nil
    case .sameAs(let field, let other, _): field.column == nil || other.column == nil
    case .keyword: true
    }
  }

  public func matches(_ record: some Record) -> Bool { Self.run(root, record) }

  /// The values, folded, of which the column must have one for the filter to pass; `nil` if it may
  /// pass with any. May hold more than is needed, never less.
  func values(of column: Column) -> Set<[UInt8]>? { Self.values(of: column, in: root) }

  private static func values(of column: Column, in node: Node) -> Set<[UInt8]>? {
    switch node {
    case .constant(let value): return value ? nil : []
    case .all(let nodes): return nodes.compactMap { values(of: column, in: $0) }.min { $0.count < $1.count }
    case .any(let nodes):
      var sum: Set<[UInt8]> = []
      for node in nodes {
        guard let some = values(of: column, in: node) else { return nil }
        sum.formUnion(some)
      }
      return sum
    case .test(let field, let test) where field.column == column:
      switch test {
      case .equals(let text, _, _): return [CaseFolding.fold(String(decoding: text, as: UTF8.self))]
      case .oneOf(let texts): return texts
      default: return nil
      }
    default: return nil
    }
  }

  private static func run(_ node: Node, _ record: some Record) -> Bool {
    switch node {
    case .constant(let value): return value
    case .all(let nodes):
      for node in nodes where !run(node, record) { return false }
      return true
    case .any(let nodes):
      for node in nodes where run(node, record) { return true }
      return false
    case .not(let node): return !run(node, record)
    case .test(let field, let test): return record.contains(field) { test.holds(for: $0) }
    case .presence(let field, let exists, let orNull):
      switch record.presence(of: field) {
      case .absent: return !exists
      case .null: return orNull
      case .present: return exists
      }
    case .sameAs(let field, let other, let position):
      return record.contains(field) { value in
        let folded = CaseFolding.fold(value.text)
        return record.contains(other) { holds(folded, position, CaseFolding.fold($0.text)) }
      }
    case .keyword(let test): return record.containsText { test.holds(for: $0) }
    }
  }

  private static func holds(_ text: [UInt8], _ position: Filter.Position, _ needle: [UInt8]) -> Bool {
    switch position {
    case .whole: text == needle
    case .start: text.starts(with: needle)
    case .end: text.count >= needle.count && text.suffix(needle.count).elementsEqual(needle)
    case .anywhere:
      needle.isEmpty
        || text.indices.contains { text.count - $0 >= needle.count && text[$0...].starts(with: needle) }
    }
  }

  private static func compile(_ filter: Filter) throws(Problem) -> Node {
    switch filter {
    case .constant(let value): return .constant(value)
    case .all(let filters):
      var nodes: [Node] = []
      for filter in filters { nodes.append(try compile(filter)) }
      return .all(nodes)
    case .any(let filters): return .any(try alternatives(filters))
    case .not(let filter): return .not(try compile(filter))
    case .keyword(let test): return .keyword(try CompiledTest(test))
    case .test(let name, let test):
      let field = Field(name)
      switch test {
      case .exists(let wanted): return .presence(field, exists: wanted, orNull: wanted)
      case .null: return .presence(field, exists: false, orNull: true)
      case .sameAs(let other, let position): return .sameAs(field, Field(other), position)
      default: return .test(field, try CompiledTest(test))
      }
    }
  }

  /// Compiles the parts of an `any`; many plain texts for one field become one set.
  private static func alternatives(_ filters: [Filter]) throws(Problem) -> [Node] {
    var nodes: [Node] = []
    var texts: [Field: Set<[UInt8]>] = [:]
    for filter in filters {
      if filters.count > 4, case .test(let name, .equals(let text, false)) = filter {
        texts[Field(name), default: []].insert(CaseFolding.fold(text))
      } else {
        nodes.append(try compile(filter))
      }
    }
    return texts.map { .test($0.key, .oneOf($0.value)) } + nodes
  }
}

/// A test on one value.
enum CompiledTest: Sendable {
  case equals([UInt8], caseSensitive: Bool, isASCII: Bool)
  /// Any of many texts, without case.
  case oneOf(Set<[UInt8]>)
  case number(Double, spelling: [UInt8], isInteger: Bool)
  case like(Glob)
  case regex(LinearRegex)
  case network(IPNetwork)
  case compare(Filter.Comparison, Double)
  case datePart(Filter.DatePart, Int)
  /// `exists` and `null` of a keyword: something, or nothing, is there.
  case constant(Bool)

  init(_ test: Filter.Test) throws(Problem) {
    switch test {
    case .equals(let text, let caseSensitive):
      let bytes = caseSensitive ? Array(text.utf8) : CaseFolding.fold(text)
      self = .equals(bytes, caseSensitive: caseSensitive, isASCII: bytes.allSatisfy { $0 < 0x80 })
    case .number(let number, let spelling):
      self = .number(number, spelling: CaseFolding.fold(spelling), isInteger: Self.isInteger(spelling))
    case .like(let pattern, let caseSensitive): self = .like(Glob(pattern, caseSensitive: caseSensitive))
    case .regex(let pattern): self = .regex(try LinearRegex(pattern))
    case .network(let text):
      guard let network = IPNetwork(text) else {
        throw Problem(
          .config, "'\(text)' is not a network", next: "Write an address and a prefix length, such as 10.0.0.0/8.")
      }
      self = .network(network)
    case .compare(let comparison, let number): self = .compare(comparison, number)
    case .datePart(let part, let number): self = .datePart(part, number)
    case .exists(let wanted): self = .constant(wanted)
    case .null, .sameAs: self = .constant(false)
    }
  }

  func holds(for value: RecordValue) -> Bool {
    switch self {
    case .equals(let needle, let caseSensitive, let isASCII):
      switch value {
      case .text(var text):
        return text.withUTF8 { Self.equal($0, needle, caseSensitive: caseSensitive, isASCII: isASCII) }
      default:
        var text = value.text
        return text.withUTF8 { Self.equal($0, needle, caseSensitive: caseSensitive, isASCII: isASCII) }
      }
    case .oneOf(let needles): return needles.contains(CaseFolding.fold(value.text))
    case .number(let number, let spelling, let isInteger):
      switch value {
      case .bool: return false
      case .text(let text): return CaseFolding.fold(text) == spelling
      case .integer(let integer):
        return isInteger ? Array(String(integer).utf8) == spelling : Double(integer) == number
      case .number(let written):
        if isInteger && Self.isInteger(written) { return Array(written.utf8) == spelling }
        return Double(written) == number
      }
    case .like(let glob): return glob.matches(value.text)
    case .regex(let regex): return regex.occurs(in: value.text)
    case .network(let network):
      guard case .text(let text) = value, let address = Self.address(text) else { return false }
      return address.isIPv4 == network.base.isIPv4 && network.contains(address)
    case .compare(let comparison, let limit):
      let number: Double?
      switch value {
      case .bool: number = nil
      case .integer(let integer): number = Double(integer)
      case .number(let written): number = Double(written)
      case .text(let text): number = Double(text)
      }
      guard let number, !number.isNaN else { return false }
      switch comparison {
      case .less: return number < limit
      case .lessOrEqual: return number <= limit
      case .greater: return number > limit
      case .greaterOrEqual: return number >= limit
      }
    case .datePart(let part, let wanted): return DateParts(value)?[part] == wanted
    case .constant(let value): return value
    }
  }

  /// An address with nothing around it but blanks; a zone (`%eth0`) is ignored.
  private static func address(_ text: String) -> IPAddress? {
    var bytes = Array(text.utf8)[...]
    while let first = bytes.first, first <= 0x20 { bytes.removeFirst() }
    while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
    if bytes.contains(0x3A), let zone = bytes.firstIndex(of: 0x25), zone + 1 < bytes.endIndex { bytes = bytes[..<zone] }
    return IPAddress(bytes)
  }

  private static func equal(
    _ text: UnsafeBufferPointer<UInt8>, _ needle: [UInt8], caseSensitive: Bool, isASCII: Bool
  ) -> Bool {
    if !caseSensitive && !isASCII { return CaseFolding.fold(text) == needle }
    guard text.count == needle.count else { return false }
    for index in 0..<needle.count {
      let byte = caseSensitive ? text[index] : CaseFolding.ascii(text[index])
      if byte != needle[index] { return false }
    }
    return true
  }

  private static func isInteger(_ spelling: String) -> Bool {
    let digits = spelling.utf8.first == 0x2D ? spelling.utf8.dropFirst() : spelling.utf8[...]
    return !digits.isEmpty && digits.allSatisfy { $0 &- 0x30 < 10 }
  }
}
