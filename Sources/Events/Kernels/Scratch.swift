import CKernels

/// Growable memory for bytes that are written once and then read through a ``ByteView``. It is
/// reused, so that steady work allocates nothing.
final class Scratch {
  private(set) var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int = 4096) {
    self.capacity = capacity
    base = .allocate(capacity: capacity)
  }

  deinit { base.deallocate() }

  func removeAll() { count = 0 }

  /// Gives memory back after an unusually long line.
  func shrink(to limit: Int) {
    guard capacity > limit else { return }
    base.deallocate()
    capacity = limit
    base = .allocate(capacity: limit)
    count = 0
  }

  @inline(__always)
  func append(_ byte: UInt8) {
    if count == capacity { reserve(count + 1) }
    base[count] = byte
    count += 1
  }

  /// Appends bytes that do not lie in this scratch.
  func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress, bytes.count > 0 else { return }
    reserve(count + bytes.count)
    memcpy(base + count, source, bytes.count)
    count += bytes.count
  }

  /// Appends what stands before the first `byte` in `start ..< end` of a view that does not lie in this scratch.
  ///
  /// - Returns: where that ends.
  @inline(__always)
  func append(_ view: ByteView, _ start: Int, _ end: Int, until byte: UInt8) -> Int {
    precondition(start >= 0 && start <= end && end <= view.count, "outside the view")
    reserve(count + end - start + 16)
    let stop = Int(ck_copy_until(view.base, start, end, byte, base + count))
    count += stop - start
    return stop
  }

  @inline(__always)
  func reserve(_ wanted: Int) { if wanted > capacity { grow(wanted) } }

  @inline(never)
  private func grow(_ wanted: Int) {
    let larger = max(wanted, capacity * 2)
    let fresh = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
    memcpy(fresh, base, count)
    base.deallocate()
    base = fresh
    capacity = larger
  }

  /// Valid until the next append.
  var view: ByteView { ByteView(base: UnsafePointer(base), count: count) }
}
