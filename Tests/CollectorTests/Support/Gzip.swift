import CZlib

/// One gzip member that holds the bytes.
func gzip(_ bytes: [UInt8]) -> [UInt8]? {
  var stream = z_stream()
  guard
    deflateInit2_(&stream, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
      == Z_OK
  else { return nil }
  defer { deflateEnd(&stream) }
  var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, uLong(bytes.count))) + 64)
  var input = bytes
  let result = input.withUnsafeMutableBufferPointer { source in
    output.withUnsafeMutableBufferPointer { target in
      stream.next_in = source.baseAddress
      stream.avail_in = uInt(source.count)
      stream.next_out = target.baseAddress
      stream.avail_out = uInt(target.count)
      return deflate(&stream, Z_FINISH)
    }
  }
  return result == Z_STREAM_END ? Array(output.prefix(Int(stream.total_out))) : nil
}

/// The bytes of one gzip member; `nil` if it is not whole.
func gunzip(_ bytes: [UInt8]) -> [UInt8]? {
  var stream = z_stream()
  guard inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
  defer { inflateEnd(&stream) }
  var output: [UInt8] = []
  var input = bytes
  var chunk = [UInt8](repeating: 0, count: 64 << 10)
  return input.withUnsafeMutableBufferPointer { source -> [UInt8]? in
    stream.next_in = source.baseAddress
    stream.avail_in = uInt(source.count)
    while true {
      let (result, produced) = chunk.withUnsafeMutableBufferPointer { target -> (Int32, Int) in
        stream.next_out = target.baseAddress
        stream.avail_out = uInt(target.count)
        let result = inflate(&stream, Z_NO_FLUSH)
        return (result, target.count - Int(stream.avail_out))
      }
      output += chunk.prefix(produced)
      if result == Z_STREAM_END { return output }
      if result != Z_OK { return nil }
    }
  }
}
