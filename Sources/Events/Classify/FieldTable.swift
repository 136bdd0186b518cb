/// Which names loggers give to the columns: `Classifiers/fields.json`, made ready for look-ups.
///
/// Names are compared folded: see ``FieldName/Hashes``.
struct FieldTable: Sendable {
  /// What a field is good for.
  enum Use: Hashable, Sendable {
    case column(Column)
    case method, path, status, request
    case client, peer, chain
  }

  struct Entry: Sendable {
    var use: Use?
    /// Where ``Normalizer`` keeps the best field of that use.
    var slot = -1
    /// Place in the list of names: a lower one wins.
    var rank = 0
    /// The value may hold words that classifiers look for.
    var isWords = false
    /// Conditions of classifiers that ask for this field, as indexes into their list.
    var conditions: [Int] = []
  }

  /// By hash of the folded full path.
  private(set) var byPath = HashTable()
  /// By hash of the folded last part of the path, for names without a dot.
  private(set) var byName = HashTable()

  /// Entries by a number that is a good hash already: two look-ups for each field of a line.
  struct HashTable: Sendable {
    private var entries: [Entry] = []
    /// 0 for an empty place, else one more than the place of the entry; twice as many as entries at least.
    private var slots = [UInt16](repeating: 0, count: 64)
    private var hashes: [UInt64] = []

    @inline(__always)
    private func slot(of hash: UInt64) -> Int {
      var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[slot] != 0, hashes[Int(slots[slot]) - 1] != hash { slot = (slot + 1) & (slots.count - 1) }
      return slot
    }

    /// Place of the entry; look at it by subscript.
    @inline(__always)
    func index(of hash: UInt64) -> Int? {
      let place = slots[slot(of: hash)]
      return place == 0 ? nil : Int(place) - 1
    }

    subscript(index: Int) -> Entry {
      @inline(__always) _read { yield entries[index] }
    }

    mutating func change(_ hash: UInt64, _ body: (inout Entry) -> Void) {
      if let index = index(of: hash) { return body(&entries[index]) }
      var entry = Entry()
      body(&entry)
      entries.append(entry)
      hashes.append(hash)
      if entries.count * 2 > slots.count {
        slots = [UInt16](repeating: 0, count: slots.count * 2)
        for (place, hash) in hashes.enumerated() { slots[slot(of: hash)] = UInt16(place + 1) }
      } else {
        slots[slot(of: hash)] = UInt16(entries.count)
      }
    }
  }
  let ignoredValues: Set<[UInt8]>
  private let ignoredStarts: ByteSet
  private let ignoredBytesMax: Int

  init(_ json: String, at place: String) throws(Problem) {
    let fields = try DataFile(json, name: place).fields()
    _ = try fields.text("about")
    let ignored = try fields.texts("ignored_values") ?? []
    ignoredValues = Set(ignored.map { $0.utf8.map(Self.fold) })
    ignoredStarts = ByteSet(ignoredValues.compactMap(\.first))
    ignoredBytesMax = ignoredValues.map(\.count).max() ?? 0
    for (name, names) in try fields.namedLists("columns") ?? [:] {
      guard let column = Column(rawValue: name) else {
        throw fields.problem(of: "columns", "`\(name)` is no column", next: "Columns: docs/reference/columns.md")
      }
      add(names, .column(column))
    }
    let http: [String: Use] = ["method": .method, "path": .path, "status": .status, "request": .request]
    for (name, names) in try fields.namedLists("http") ?? [:] { if let use = http[name] { add(names, use) } }
    let address: [String: Use] = ["client": .client, "peer": .peer, "chain": .chain]
    for (name, names) in try fields.namedLists("address") ?? [:] { if let use = address[name] { add(names, use) } }
    for name in try fields.texts("words") ?? [] { change(name) { $0.isWords = true } }
    try fields.finish()
  }

  /// Whether a value may be one of ``ignoredValues``.
  @inline(__always)
  func mayIgnore(_ value: ArraySlice<UInt8>) -> Bool {
    guard let first = value.first else { return ignoredValues.contains([]) }
    return value.count <= ignoredBytesMax && ignoredStarts.contains(Self.fold(first))
  }

  private mutating func add(_ names: [String], _ use: Use) {
    for (rank, name) in names.enumerated() {
      change(name) {
        guard $0.use == nil else { return }
        $0.use = use
        $0.slot = Slot.of(use)
        $0.rank = rank
      }
    }
  }

  private mutating func change(_ name: String, _ body: (inout Entry) -> Void) {
    let hash = Self.hash(name)
    byPath.change(hash, body)
    if !name.utf8.contains(UInt8(ascii: ".")) { byName.change(hash, body) }
  }

  /// Notes that a classifier's condition asks for a field.
  mutating func ask(for name: String, condition: Int) {
    byPath.change(Self.hash(name)) { $0.conditions.append(condition) }
  }

  static func fold(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 32 : byte
  }

  static func hash(_ name: String) -> UInt64 { FieldName.Hashes(name.utf8).path }
}
