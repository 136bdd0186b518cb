import Events

/// A value as JSON without white space: of a `struct` the fields in their order, of a dictionary the
/// keys in any.
///
/// Positions are written with every commit, thousands of them if thousands of files are followed.
/// `JSONEncoder` makes a tree of the value, sorts its keys, and takes several times as long; what this
/// writes is read by `JSONDecoder`.
func encode(_ value: some Encodable) -> String {
  let stream = JSONStream()
  do { try stream.write(value) } catch { preconditionFailure("positions encode as JSON") }
  return String(decoding: stream.text, as: UTF8.self)
}

/// Writes what is encoded at once: a container ends when the value that asked for it has been
/// encoded, or when one around it goes on.
private final class JSONStream: Encoder {
  private(set) var text: [UInt8] = []
  /// The ends of the containers that are open.
  private var closers: [UInt8] = []

  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]

  init() { text.reserveCapacity(2048) }

  func container<Key: CodingKey>(keyedBy: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(Object(stream: self, depth: open("{", "}")))
  }
  func unkeyedContainer() -> any UnkeyedEncodingContainer { List(stream: self, depth: open("[", "]")) }
  func singleValueContainer() -> any SingleValueEncodingContainer { Single(stream: self) }

  func write(_ value: some Encodable) throws {
    let depth = closers.count
    try value.encode(to: self)
    close(to: depth)
  }

  /// Where the next item of the container with this depth stands.
  func begin(at depth: Int) {
    close(to: depth)
    if let last = text.last, last != UInt8(ascii: "{"), last != UInt8(ascii: "[") { text.append(UInt8(ascii: ",")) }
  }

  func begin(_ key: some CodingKey, at depth: Int) {
    begin(at: depth)
    append(key.stringValue)
    text.append(UInt8(ascii: ":"))
  }

  private func open(_ opener: Unicode.Scalar, _ closer: Unicode.Scalar) -> Int {
    text.append(UInt8(ascii: opener))
    closers.append(UInt8(ascii: closer))
    return closers.count
  }

  private func close(to depth: Int) {
    while closers.count > depth { text.append(closers.removeLast()) }
  }

  func append(plain string: StaticString) {
    text.append(contentsOf: UnsafeBufferPointer(start: string.utf8Start, count: string.utf8CodeUnitCount))
  }

  func append(_ number: some FixedWidthInteger) {
    if number < 0 { text.append(UInt8(ascii: "-")) }
    var rest = UInt64(number.magnitude)
    let start = text.count
    repeat {
      text.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    text[start...].reverse()
  }

  func append(_ string: String) { JSONValue.append(quoted: string, to: &text) }
}

private struct Object<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let stream: JSONStream
  let depth: Int
  var codingPath: [any CodingKey] { [] }

  func encodeNil(forKey key: Key) {
    stream.begin(key, at: depth)
    stream.append(plain: "null")
  }
  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    stream.begin(key, at: depth)
    try stream.write(value)
  }
  func encode(_ value: String, forKey key: Key) {
    stream.begin(key, at: depth)
    stream.append(value)
  }
  func nestedContainer<Inner: CodingKey>(keyedBy: Inner.Type, forKey key: Key) -> KeyedEncodingContainer<Inner> {
    stream.begin(key, at: depth)
    return stream.container(keyedBy: Inner.self)
  }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    stream.begin(key, at: depth)
    return stream.unkeyedContainer()
  }
  func superEncoder() -> any Encoder { preconditionFailure("positions hold no classes") }
  func superEncoder(forKey: Key) -> any Encoder { preconditionFailure("positions hold no classes") }
}

private struct List: UnkeyedEncodingContainer {
  let stream: JSONStream
  let depth: Int
  private(set) var count = 0
  var codingPath: [any CodingKey] { [] }

  init(stream: JSONStream, depth: Int) {
    self.stream = stream
    self.depth = depth
  }

  private mutating func begin() {
    stream.begin(at: depth)
    count += 1
  }
  mutating func encodeNil() {
    begin()
    stream.append(plain: "null")
  }
  mutating func encode<Value: Encodable>(_ value: Value) throws {
    begin()
    try stream.write(value)
  }
  mutating func nestedContainer<Inner: CodingKey>(keyedBy: Inner.Type) -> KeyedEncodingContainer<Inner> {
    begin()
    return stream.container(keyedBy: Inner.self)
  }
  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    begin()
    return stream.unkeyedContainer()
  }
  func superEncoder() -> any Encoder { preconditionFailure("positions hold no classes") }
}

private struct Single: SingleValueEncodingContainer {
  let stream: JSONStream
  var codingPath: [any CodingKey] { [] }

  func encodeNil() { stream.append(plain: "null") }
  func encode(_ value: Bool) { stream.append(plain: value ? "true" : "false") }
  func encode(_ value: String) { stream.append(value) }
  func encode(_ value: Double) { preconditionFailure("positions hold no fractions") }
  func encode(_ value: Float) { preconditionFailure("positions hold no fractions") }
  func encode<Value: FixedWidthInteger & Encodable>(_ value: Value) { stream.append(value) }
  func encode<Value: Encodable>(_ value: Value) throws { try stream.write(value) }
}
