// Private JSON Web Keys (RFC 7517, RFC 7518 section 6) that are printed a member a line.

extension LineRedactor {
  /// A hit on `kty`, `crv` or `d`: the lines around may hold the other members.
  ///
  /// - Returns: where to go on.
  func webKey(_ depth: Int, _ position: Int, _ after: Int, _ high: Int) -> Int {
    guard depth == 0 else { return after }
    let view = frames[0].view
    var start = position
    while start < after, !isAlphanumeric(view[start]) { start += 1 }
    guard isAlone(view, position) else { return after }
    var next = after
    if view.has("d", at: start), !isAlphanumeric(view.at(start + 1)) {
      // Its members may stand in any order, and this one before the type.
      let quote = view[after - 1]
      let end = view.next(quote, from: after, to: high)
      guard end - after >= 43, isKeyPart(view, after, end) else { return after }
      emit(0, after, end, .privateKey, mayEcho: true)
      next = end
    }
    leaveOpen(0, .webKey, .cryptoKey)
    return next
  }

  /// Whether only blanks and what opens an object stand before `index`.
  private func isAlone(_ view: ByteView, _ index: Int) -> Bool {
    for i in 0..<index where !isAmong(" \t{[,-*", view[i]) { return false }
    return true
  }

  /// A line of a key, which is hidden if it is one of the private members.
  ///
  /// - Returns: whether the key may go on.
  func webKeyMember(_ view: ByteView, _ low: Int, _ high: Int) -> Bool {
    guard let member = memberName(view, low, high) else { return false }
    let value = member.value
    guard KeyUse(view, member.start, member.end).contains(.keyPart), isAmong("\"'", view[value]) else { return true }
    let end = view.next(view[value], from: value + 1, to: high)
    if end - value > 20, isKeyPart(view, value + 1, end) { emit(0, value + 1, end, .privateKey, mayEcho: true) }
    return end + 1 >= high || !isAmong("}", view[high - 1])
  }

  /// A number in base64url, which only chance makes.
  func isKeyPart(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
    guard end - start <= 2048 else { return false }
    for i in start..<end where !isAlphanumeric(view[i]) && !isAmong("-_=+/", view[i]) { return false }
    return isByChance(view, start, min(end, start + 256))
  }
}
