import Events

/// A text of a rule with its wildcards: `*` and `?`, each plain behind a backslash.
///
/// A backslash before any other character is itself, so `C:\Windows` needs no escaping.
/// - Source: Sigma specification 2.1.0, "Escaping".
struct SigmaText: Hashable {
  /// As it stands in the file, for `re` and `cidr`.
  let raw: String
  var pieces: [Filter.Pattern.Piece]

  init(_ raw: String) {
    self.raw = raw
    pieces = []
    var plain = ""
    func flush(_ pieces: inout [Filter.Pattern.Piece]) {
      if !plain.isEmpty { pieces.append(.text(plain)) }
      plain = ""
    }
    var scalars = Array(raw.unicodeScalars)[...]
    while let scalar = scalars.popFirst() {
      switch scalar {
      case "\\":
        if let next = scalars.first, next == "*" || next == "?" || next == "\\" {
          plain.unicodeScalars.append(next)
          scalars.removeFirst()
        } else {
          plain.unicodeScalars.append(scalar)
        }
      case "*":
        flush(&pieces)
        if pieces.last != .anyRun { pieces.append(.anyRun) }
      case "?":
        flush(&pieces)
        pieces.append(.anyOne)
      default: plain.unicodeScalars.append(scalar)
      }
    }
    flush(&pieces)
  }

  /// A text without wildcards, whatever it holds.
  init(literal: String) {
    raw = literal
    pieces = literal.isEmpty ? [] : [.text(literal)]
  }

  /// The text, or `nil` if it has wildcards.
  var literal: String? {
    switch pieces.count {
    case 0: return ""
    case 1: if case .text(let text) = pieces[0] { return text } else { return nil }
    default: return nil
    }
  }

  func anchored(_ position: Filter.Position) -> SigmaText {
    var text = self
    if position == .end || position == .anywhere, text.pieces.first != .anyRun { text.pieces.insert(.anyRun, at: 0) }
    if position == .start || position == .anywhere, text.pieces.last != .anyRun { text.pieces.append(.anyRun) }
    return text
  }

  /// The names between percent signs, unless escaped: what `expand` would fill in.
  var placeholders: [String] {
    var names: [String] = []
    var open: String?
    var escaped = false
    for character in raw {
      if escaped {
        escaped = false
        open?.append(character)
      } else if character == "\\" {
        escaped = true
      } else if character == "%" {
        if let name = open, !name.isEmpty {
          names.append(name)
          open = nil
        } else {
          open = ""
        }
      } else {
        open?.append(character)
      }
    }
    return names
  }
}
