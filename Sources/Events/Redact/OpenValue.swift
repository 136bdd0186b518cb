/// What a line leaves open: its end names a secret, and the next lines hold it. It holds no text.
struct OpenValue: Hashable, Sendable, Codable {
  enum Form: Hashable, Sendable, Codable {
    /// `password:` — the value, or a list of values, follows.
    case value
    /// `"tokens": [` — a value a line, up to the bracket.
    case items
    /// `secret: |` — lines with a deeper indent.
    case block
    /// `- name: DB_PASSWORD` — `value: …` follows.
    case named
    /// `kind: Secret` — under `data:` and `stringData:` all values are secret.
    case secretData(isWithin: Bool)
    /// `[users]` — `name = password` follows, a line each.
    case section
    /// `"password": {` — its `"value"` is the secret.
    case object
    /// A string was cut at the end of the line.
    case rest
    /// A key in base64 that goes on for lines.
    case body
    /// The server asked for a password in base64.
    case encoded
    /// `INSERT … VALUES ($1, $2)` — the values follow; bit n of ``OpenValue/mask`` is placeholder n.
    case parameters
    /// `name,password` — rows follow; bit n of ``OpenValue/mask`` is cell n.
    case table(separator: UInt8, count: Int)
    /// `USER   PASSWORD` — rows follow, without lines between their columns; where the name stands.
    case column(start: Int, end: Int)
    /// `Your password is:` — a word that only a secret looks like, alone on its line.
    case announced
    /// `'API_KEY',` — the other half of the pair, if it looks like a value.
    case pair
    /// The value filled the last cell of a row, and may go on in that cell of the next row.
    case cell
    /// A string ended the line, and another one may go on with it: `'…' +`.
    case strings
    /// A JSON Web Key, a member a line.
    case webKey
    /// `password - hexdump_ascii(len=11):` — bytes follow, as hex and as text.
    case dump
    /// A dump of something began; what its rows hold is in ``RedactionState/dumped``.
    case dumped
    /// `privateExponent:` — bytes follow, with colons between.
    case bytes
    /// A value in the text of a dump goes on in its next row.
    case cutDump
    /// `Traceback (most recent call last):` — lines of source and values of variables follow, with an indent or a
    /// frame. From a report of tests (``OpenValue/indent`` is -1) up to a line of `=`.
    case traceback
  }

  var form: Form
  var class_: KeyClass
  /// Blanks before the name.
  var indent = 0
  var mask: UInt64 = 0
  /// Rows begin only behind a rule such as `---+---`.
  var needsRule = false
  /// How many more lines may be looked at.
  var lines: Int

  init(_ form: Form, _ class_: KeyClass, indent: Int = 0, mask: UInt64 = 0) {
    self.form = form
    self.class_ = class_
    self.indent = indent
    self.mask = mask
    lines =
      switch form {
      case .value, .announced: 2
      case .pair: 1
      case .named: 3
      case .encoded: 4
      case .parameters: 8
      case .object: 16
      case .cell: 16
      case .strings, .webKey: 32
      case .dumped: 1024
      case .traceback: 400
      case .rest, .bytes, .items, .secretData, .section, .block, .table, .body, .column, .dump, .cutDump: 64
      }
  }
}
