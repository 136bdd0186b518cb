import CKernels

/// Finds texts and the lines they stand in.
///
/// Safety: every offset handed to C lies within `bytes`, whose base is there unless it is empty.
public struct LineFinder {
  private let bytes: UnsafeRawBufferPointer
  private var base: UnsafePointer<UInt8> { bytes.baseAddress!.assumingMemoryBound(to: UInt8.self) }

  /// - Parameter bytes: must outlive the finder.
  public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Where `text` stands first at `start` or behind it; an empty text stands everywhere.
  public func first(_ text: [UInt8], from start: Int) -> Int? {
    guard start < bytes.count else { return nil }
    guard !text.isEmpty else { return start }
    let place = text.withUnsafeBufferPointer { ck_find(base, start, bytes.count, $0.baseAddress, $0.count) }
    return place < bytes.count ? place : nil
  }

  /// Start of the line in which the byte before `place` lies, or which begins there.
  public func lineStart(at place: Int) -> Int {
    bytes.isEmpty ? 0 : Int(ck_last_newline(base, min(max(place, 0), bytes.count))) + 1
  }

  /// The newline at `place` or behind it, else the end.
  public func lineEnd(from place: Int) -> Int {
    bytes.isEmpty ? 0 : Int(ck_next_newline(base, max(place, 0), bytes.count))
  }
}
