import CZlib
import Storage

/// Positions by key, deflated: of thousands of files they would be most of the memory that following takes,
/// and they are asked for only when a store was damaged or went back.
///
/// Cost: a tenth of making the JSON that is put in.
struct PositionMemory {
  private struct Packed {
    let offset: Int64
    let pathBytes: Int32
    let identityBytes: Int32
    let stateBytes: Int32
    /// Path, identity and state, one after the other.
    let bytes: [UInt8]
  }

  private var packed: [String: Packed] = [:]
  private let press = PositionPress()

  init() {}

  init(_ positions: [StoredPosition]) {
    packed.reserveCapacity(positions.count)
    for position in positions { self[position.key] = position }
  }

  var isEmpty: Bool { packed.isEmpty }

  func contains(_ key: String) -> Bool { packed[key] != nil }

  subscript(key: String) -> StoredPosition? {
    get { packed[key].map { Self.unpack($0, key, press) } }
    set {
      if let newValue {
        packed[key] = Self.pack(newValue, press)
      } else {
        packed[key] = nil
      }
    }
  }

  /// In no order.
  var all: some Sequence<StoredPosition> { packed.lazy.map { [press] in Self.unpack($0.value, $0.key, press) } }

  private static func pack(_ position: StoredPosition, _ press: PositionPress) -> Packed {
    var (path, identity, state) = (position.path, position.identity, position.state)
    return Packed(
      offset: position.offset, pathBytes: Int32(path.utf8.count), identityBytes: Int32(identity.utf8.count),
      stateBytes: Int32(state.utf8.count),
      bytes: path.withUTF8 { path in
        identity.withUTF8 { identity in state.withUTF8 { press.deflated([path, identity, $0]) } }
      })
  }

  private static func unpack(_ packed: Packed, _ key: String, _ press: PositionPress) -> StoredPosition {
    let (path, identity) = (Int(packed.pathBytes), Int(packed.identityBytes))
    let text = press.inflated(packed.bytes, count: path + identity + Int(packed.stateBytes))
    return StoredPosition(
      key: key, path: String(decoding: text[..<path], as: UTF8.self), offset: packed.offset,
      identity: String(decoding: text[path..<path + identity], as: UTF8.self),
      state: String(decoding: text[(path + identity)...], as: UTF8.self))
  }
}

/// Deflates short texts that are alike, without a header each.
private final class PositionPress {
  /// What positions have in common. Likely things stand at its end, where zlib finds them for fewer bits.
  private static let common = Array(
    """
    "joiner":{"open":[{"event":{"host":"","app":"","event":"authn_login_fail","outcome":"failure","lines":"[]","id":\
    "","actor":"","confidence":"80","message":"","actor_type":"user","level":"warn","category":"authn","source_offse\
    t":"","source_ip":"","http_method":"POST","http_path":"/","http_status":"401","reason":"","ts_quality":"own","cl\
    assifier":"","parse":"json","severity":"2","source":"/var/log/","observed_ts":"17","ts":"17"},"matches":[""],"is\
    Stored":true,"heads":[],"time":17,"number":,"emitters":{"":1},"priority":50,"statuses":[400,401,403,422,423],"co\
    mpanions":[],"isProxy":false,"firstMessage":"","messages":[""],"lastNumber":}]}}"key":","start":"","startLength"\
    :64,"head":"","headLength":1024,"mark":"","markLength":256,"lineEnds":""},"size":,"modified":17,"changed":17,"gz\
    ip":false,"atEnd":true,"lost":0,"ended":0,"seen":17,"readThrough":17,"ladder":{"powers":[{"offset":16,"hash":""}\
    ,{"offset":32,"hash":""},{"offset":64,"hash":""},{"offset":128,"hash":""},{"offset":256,"hash":""},{"offset":512\
    ,"hash":""},{"offset":1024,"hash":""},{"offset":2048,"hash":""},{"offset":4096,"hash":""},{"offset":8192,"hash":\
    ""},{"offset":16384,"hash":""},{"offset":32768,"hash":""}],"ends":[{"offset":,"hash":""}]}}{"source":"/var/log/.\
    log","app":"","isAppGiven":false,"zone":"","modified":17,"lineCount":,"lastTime":17,"isUntimed":false,"waitingSi\
    nce":0,"joinedParts":[],"redaction":{"isAtStart":false},"open":{"headOffset":,"headLine":,"nextLine":,"lines":1,\
    "mode":"text","format":"","emitter":"","logger":"","level":"info","message":"","time":17,"timeQuality":"own","un\
    it":"","text":"","isAnchored":true,"wasIndented":false,"isBracketOpen":false},"ordinals":{"newest":17,"entries":\
    ",1,6 "},"joiner":{"open":[]}}
    """.utf8)
  /// A window of 8 KiB holds ``common`` and nearly every position.
  private static let windowBits: Int32 = -13
  /// Of all, the fastest: fewer steps until a text that was seen is found (measured).
  private static let memoryLevel: Int32 = 8

  private let deflating = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private var room: [UInt8] = []

  init() {
    deflating.initialize(to: z_stream())
    let code = deflateInit2_(
      deflating, Z_BEST_SPEED, Z_DEFLATED, Self.windowBits, Self.memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(code == Z_OK, "zlib has its tables")
  }

  deinit {
    deflateEnd(deflating)
    deflating.deallocate()
  }

  func deflated(_ texts: [UnsafeBufferPointer<UInt8>]) -> [UInt8] {
    deflateReset(deflating)
    Self.common.withUnsafeBufferPointer { _ = deflateSetDictionary(deflating, $0.baseAddress, uInt($0.count)) }
    // Few bytes more than there are, whatever they are: 5 for each 16 KB that cannot be compressed.
    let most = texts.reduce(64) { $0 + $1.count + $1.count / 1000 + 16 }
    if room.count < most { room = [UInt8](repeating: 0, count: most) }
    return room.withUnsafeMutableBufferPointer { room in
      deflating.pointee.next_out = room.baseAddress
      deflating.pointee.avail_out = uInt(room.count)
      for (index, text) in texts.enumerated() {
        deflating.pointee.next_in = UnsafeMutablePointer(mutating: text.baseAddress)
        deflating.pointee.avail_in = uInt(text.count)
        let isLast = index == texts.count - 1
        let code = deflate(deflating, isLast ? Z_FINISH : Z_NO_FLUSH)
        precondition(code == (isLast ? Z_STREAM_END : Z_OK) || text.isEmpty, "there is room for all of it")
      }
      return Array(room[..<(room.count - Int(deflating.pointee.avail_out))])
    }
  }

  func inflated(_ bytes: [UInt8], count: Int) -> [UInt8] {
    var stream = z_stream()
    guard count > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: count) { text, initialized in
      withUnsafeMutablePointer(to: &stream) { stream in
        inflateInit2_(stream, Self.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        defer { inflateEnd(stream) }
        Self.common.withUnsafeBufferPointer { _ = inflateSetDictionary(stream, $0.baseAddress, uInt($0.count)) }
        bytes.withUnsafeBufferPointer { bytes in
          stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
          stream.pointee.avail_in = uInt(bytes.count)
          stream.pointee.next_out = text.baseAddress
          stream.pointee.avail_out = uInt(count)
          let code = inflate(stream, Z_FINISH)
          precondition(code == Z_STREAM_END && stream.pointee.avail_out == 0, "it was deflated here")
        }
      }
      initialized = count
    }
  }
}
