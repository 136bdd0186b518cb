import Storage

/// Where lines come from that nobody has to look for: journald, sockets.
///
/// Used by one thread, that of its ``StreamWorker``.
protocol LineFeed: AnyObject {
  /// Column `source` of its lines.
  var name: String { get }

  /// Appends what has come; waits a little if nothing has.
  ///
  /// - Returns: `false` if nothing will ever come again.
  func receive(onto bytes: inout [UInt8], milliseconds: Int32) -> Bool

  /// These lines were read, and go into the next commit.
  func consumed(_ lines: UnsafeRawBufferPointer)

  /// Where reading goes on after a restart, as of the lines that were ``consumed(_:)``; `nil` = nowhere:
  /// what was not committed is gone.
  func position() -> StoredPosition?

  func close()
}
