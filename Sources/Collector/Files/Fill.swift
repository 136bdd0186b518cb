import Glibc

/// Reads into an array and cuts it to what was there.
func fill(
  _ bytes: inout [UInt8], _ read: (UnsafeMutableRawBufferPointer) throws(FileError) -> Int
) throws(FileError) {
  var failure: FileError?
  var count = 0
  bytes.withUnsafeMutableBytes { buffer in
    guard !buffer.isEmpty else { return }
    do {
      count = try read(buffer)
    } catch {
      failure = error as? FileError ?? FileError(code: EIO)
    }
  }
  if let failure { throw failure }
  bytes.removeLast(bytes.count - count)
}
