/// The open objects and arrays of a walk. A stack in memory of its own, because changing an element of
/// an array that a class holds costs a dynamic exclusivity check each time (5 % of the whole, measured).
final class LevelStack {
  private var base: UnsafeMutablePointer<LineRedactor.Level>
  private var capacity = 64
  private(set) var count = 0

  init() { base = .allocate(capacity: 64) }

  deinit { base.deallocate() }  // Levels hold no references.

  func append(_ level: LineRedactor.Level) {
    if count == capacity {
      let larger = UnsafeMutablePointer<LineRedactor.Level>.allocate(capacity: capacity * 2)
      larger.moveInitialize(from: base, count: count)
      base.deallocate()
      base = larger
      capacity *= 2
    }
    (base + count).initialize(to: level)
    count += 1
  }

  @discardableResult
  func removeLast() -> LineRedactor.Level {
    precondition(count > 0, "no level is open")
    count -= 1
    return base[count]
  }

  func removeLast(_ levels: Int) {
    precondition(levels >= 0 && levels <= count, "fewer levels are open")
    count -= levels
  }

  @inline(__always)
  subscript(index: Int) -> LineRedactor.Level {
    unsafeAddress {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "no such level")
      return UnsafePointer(base + index)
    }
    unsafeMutableAddress {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "no such level")
      return base + index
    }
  }
}
