import CKernels

/// Counting lines at memory speed.
public enum LineCount {
  public static func newlines(in bytes: UnsafeRawBufferPointer) -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    return Int(ck_count_newlines(base.assumingMemoryBound(to: UInt8.self), bytes.count))
  }
}
