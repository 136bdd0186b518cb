/// The fields of one record: dotted paths to scalar values, in the order of the line.
///
/// `{"req":{"headers":{"host":"x"}}}` and `{"req.headers.host":"x"}` both give `req.headers.host`. An
/// array gives its elements under the array's own path, so a name may occur more than once; so it
/// may when the line repeats a key. Keys keep the case of the line. Texts are unescaped UTF-8.
struct RecordFields: Sendable {
  enum Kind: UInt8, Sendable { case text, number, bool, null }

  struct Entry: Sendable {
    /// Where the path stands in ``bytes``.
    var name: Range<Int>
    /// Where the value stands in ``bytes``: unescaped text, the digits of a number, `true`, `null`.
    var value: Range<Int>
    var kind: Kind
    var hashes: FieldName.Hashes
  }

  private(set) var bytes: [UInt8] = []
  private(set) var entries: [Entry] = []
  /// One bit for each path that an entry has or had: most names that are asked for are not there.
  private(set) var hashes: UInt64 = 0
  /// Of the names as they stand, in their order: records with the same have the same names.
  private(set) var sequence: UInt64 = 0
  private static let seed = UInt64.random(in: .min ... .max) | 1

  init() {}

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
    hashes = 0
    sequence = 0
  }

  var isEmpty: Bool { entries.isEmpty }

  /// Makes room for the fields of some bytes of JSON.
  mutating func reserve(_ jsonBytes: Int) {
    guard entries.isEmpty else { return }
    bytes.reserveCapacity(min(jsonBytes + jsonBytes / 2, Self.bytesReservedMax))
    entries.reserveCapacity(Self.entriesReserved)
  }
  private static let bytesReservedMax = 4 << 10
  private static let entriesReserved = 24

  /// Adds a field; `name` and `value` are copied.
  mutating func append(_ name: some Collection<UInt8>, _ value: some Collection<UInt8>, _ kind: Kind) {
    guard entries.count < Limits.fieldsMax else { return }
    let nameStart = bytes.count
    bytes.append(contentsOf: name)
    let valueStart = bytes.count
    bytes.append(contentsOf: value)
    add(nameStart, valueStart, kind)
  }

  private mutating func add(_ nameStart: Int, _ valueStart: Int, _ kind: Kind) {
    add(nameStart..<valueStart, valueStart..<bytes.count, kind)
  }

  private mutating func add(_ name: Range<Int>, _ value: Range<Int>, _ kind: Kind) {
    let (own, exact) = bytes.withUnsafeBytes {
      let name = UnsafeRawBufferPointer(rebasing: $0[name])
      return (FieldName.Hashes(name), ByteView(name)?.hash(0, name.count, seed: Self.seed) ?? 0)
    }
    hashes |= 1 << (own.path & 63)
    sequence = sequence &* Self.seed ^ exact
    entries.append(Entry(name: name, value: value, kind: kind, hashes: own))
  }

  // MARK: JSON

  /// Takes the text that the next fields are read from, so that they need not be copied one by one.
  ///
  /// - Returns: where its byte 0 would stand in ``bytes``; may be negative.
  mutating func adopt(_ json: UnsafeRawBufferPointer, from start: Int) -> Int {
    let base = bytes.count - start
    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: json[start...]))
    return base
  }

  /// Adds a path that is part of no adopted text.
  ///
  /// - Returns: where it stands.
  mutating func adopt(name: some Collection<UInt8>) -> Range<Int> {
    let start = bytes.count
    bytes.append(contentsOf: name)
    return start..<bytes.count
  }

  /// Adds a field whose name and value stand in ``bytes``.
  mutating func append(at name: Range<Int>, _ value: Range<Int>, _ kind: Kind) {
    guard entries.count < Limits.fieldsMax else { return }
    add(name, value, kind)
  }

  /// Adds the value of a JSON string; `escaped` if it holds backslashes.
  mutating func append(
    at name: Range<Int>, json source: UnsafeRawBufferPointer, _ range: Range<Int>, escaped: Bool = true
  ) {
    guard entries.count < Limits.fieldsMax else { return }
    let start = bytes.count
    JSONText.unescape(source, range, escaped: escaped, onto: &bytes)
    add(name, start..<bytes.count, .text)
  }

  mutating func append(_ name: String, _ value: String, _ kind: Kind = .text) {
    append(name.utf8, value.utf8, kind)
  }

  /// Takes a prefix off the names that begin with it.
  mutating func dropPrefix(_ prefix: [UInt8]) {
    for i in entries.indices where entries[i].name.count > prefix.count && bytes[entries[i].name].starts(with: prefix) {
      entries[i].name = entries[i].name.lowerBound + prefix.count..<entries[i].name.upperBound
      entries[i].hashes = FieldName.Hashes(bytes[entries[i].name])
      hashes |= 1 << (entries[i].hashes.path & 63)
      sequence &+= 1
    }
  }

  /// Index of the first field of that name; `nil` if there is none.
  func index(of name: FieldName, from start: Int = 0) -> Int? {
    guard hashes >> (name.hash & 63) & 1 != 0 else { return nil }
    for i in start..<max(start, entries.count) where entries[i].hashes.path == name.hash && isName(i, name) { return i }
    return nil
  }

  /// Whether the entry has that very name.
  func isName(_ index: Int, _ name: FieldName) -> Bool {
    entries[index].name.count == name.bytes.count && bytes[entries[index].name].elementsEqual(name.bytes)
  }

  func name(_ index: Int) -> String { String(decoding: bytes[entries[index].name], as: UTF8.self) }
  func text(_ index: Int) -> String { String(decoding: bytes[entries[index].value], as: UTF8.self) }
  func slice(_ index: Int) -> ArraySlice<UInt8> { bytes[entries[index].value] }

  /// The first value under a name as text: numbers and booleans as they stand; `nil` if the field is
  /// absent or JSON null.
  func text(_ name: FieldName) -> String? {
    guard let index = index(of: name), entries[index].kind != .null else { return nil }
    return text(index)
  }

  /// The first value under a name as an integer: a number, or a text that is one.
  func integer(_ name: FieldName) -> Int64? {
    guard let index = index(of: name) else { return nil }
    return integer(index)
  }

  func integer(_ index: Int) -> Int64? {
    let text = text(index)
    return Int64(text) ?? Double(text).flatMap { Int64(exactly: $0.rounded(.towardZero)) }
  }
}

/// A path to look up, hashed once.
struct FieldName: Hashable, Sendable, ExpressibleByStringLiteral {
  let bytes: [UInt8]
  let hash: UInt64

  init(_ name: String) {
    bytes = Array(name.utf8)
    hash = Hashes(bytes).path
  }

  init(stringLiteral value: String) { self.init(value) }

  /// Hashes of a path and of its last part, each folded: in lower case, without `_` and `-`. So
  /// `remote_addr`, `remoteAddr` and `Remote-Addr` have the same. FNV-1a, 64 bit.
  struct Hashes: Hashable, Sendable {
    let path: UInt64
    let last: UInt64

    @inline(__always)
    init(_ name: some Sequence<UInt8>) {
      var path = Self.start
      var last = Self.start
      for byte in name where byte != UInt8(ascii: "_") && byte != UInt8(ascii: "-") {
        let folded = UInt64(FieldTable.fold(byte))
        path = (path ^ folded) &* Self.prime
        last = byte == UInt8(ascii: ".") ? Self.start : (last ^ folded) &* Self.prime
      }
      self.path = path
      self.last = last
    }

    private static let start: UInt64 = 0xcbf2_9ce4_8422_2325
    private static let prime: UInt64 = 0x100_0000_01b3
  }
}
