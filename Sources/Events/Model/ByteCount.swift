/// A number of bytes as people write it: `500MB`, `10G`, `1.5 GiB`, `4096`.
public struct ByteCount: Hashable, Sendable {
  public let bytes: Int64

  private static let factors: [String: Double] = [
    "": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
    "k": 0x1p10, "m": 0x1p20, "g": 0x1p30, "t": 0x1p40, "kib": 0x1p10, "mib": 0x1p20, "gib": 0x1p30, "tib": 0x1p40,
  ]

  /// - Parameter text: a number and a unit without case; `KB` is a thousand, `K` and `KiB` are 1,024.
  /// - Returns: `nil` if the text is no size, or one of 10^18 bytes or more.
  public init?(_ text: String) {
    let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
    guard let number = Double(digits), let factor = Self.factors[unit], number * factor < 1e18 else { return nil }
    bytes = Int64(number * factor)
  }
}
