/// Every format the reader knows: the embedded ones and those of the user's directories.
struct FormatCatalogue: Sendable {
  let json: [JSONShape]
  /// ``JSONShape/bits`` of each of ``json``.
  private let jsonBits: [(all: UInt64, any: UInt64)]
  let text: [TextShape]
  let names: [String]
  /// `false` if another format is forced.
  let readsLogfmt: Bool
  /// The same for ``LineHead``.
  let readsHeads: Bool

  static let option = "--input-format"
  /// Of the user's formats that name none: who writes one wants it to be used.
  private static let ownRank = 100

  /// Folder of the embedded files, as the build plugin names them.
  private static let folder = "Sources/Events/Formats/"

  /// - Parameters:
  ///   - directories: of the user's formats, which come first.
  ///   - forced: the only one that is used.
  ///   - place: where `forced` was named.
  /// - Throws: ``Problem`` for the first broken file, or if nothing is called `forced`.
  init(directories: [String] = [], only forced: String? = nil, place: String = FormatCatalogue.option) throws(Problem) {
    var json: [JSONShape] = []
    var text: [TextShape] = []
    var names: [String] = []
    func add(_ file: FormatFile, at place: String) throws(Problem) {
      guard !names.contains(file.name) else { return }  // The user's file of that name came first.
      names.append(file.name)
      switch file.kind {
      case .json: json.append(try JSONShape(file, at: place))
      case .text: text.append(try TextShape(file, at: place))
      }
    }
    for directory in directories {
      for path in DataFolder.formats(in: directory) {
        var file = try FormatFile(DataFolder.read(path), at: path)
        file.rank = file.rank ?? Self.ownRank
        try add(file, at: path)
      }
    }
    for file in Self.embedded { try add(file.format, at: file.place) }
    if let forced {
      guard names.contains(forced) || Self.builtIn.contains(forced) else {
        throw Problem(
          place == Self.option ? .usage : .config, at: place, "`\(forced)` is no known format.",
          next: "Known: \((names + Self.builtIn).sorted().joined(separator: ", ")).")
      }
      json.removeAll { $0.name != forced }
      text.removeAll { $0.name != forced }
    }
    // Sorting is not stable by contract: the place decides between equal ranks.
    self.json = json.enumerated().sorted { ($1.element.rank, $0.offset) < ($0.element.rank, $1.offset) }.map(\.element)
    jsonBits = self.json.map(\.bits)
    self.text = text.enumerated().sorted { ($1.element.rank, $0.offset) < ($0.element.rank, $1.offset) }.map(\.element)
    self.names = (names + Self.builtIn).sorted()
    readsLogfmt = forced == nil || forced == "logfmt"
    readsHeads = forced == nil || forced == "head"
  }

  /// Formats by ``RecordFields/sequence``: most programs write few kinds of lines.
  private var jsonByNames: [UInt64: [JSONShape]] = [:]
  private static let sequencesMax = 4096

  /// The first format that the fields fit.
  mutating func shape(of fields: borrowing RecordFields) -> JSONShape? {
    if let known = jsonByNames[fields.sequence] { return known.first { $0.fitsValues(fields) } }
    var fitting: [JSONShape] = []
    for (i, bits) in jsonBits.enumerated()
    where bits.all & fields.hashes == bits.all && bits.any & fields.hashes != 0 && json[i].fitsNames(fields) {
      fitting.append(json[i])
    }
    if jsonByNames.count >= Self.sequencesMax { jsonByNames.removeAll(keepingCapacity: true) }
    jsonByNames[fields.sequence] = fitting
    return fitting.first { $0.fitsValues(fields) }
  }

  /// Recognised by code, without a data file.
  static let builtIn = ["head", "json", "logfmt", "text"]

  static let embedded: [(format: FormatFile, place: String)] = embeddedFiles.filter { $0.path.hasPrefix(folder) }.map {
    do {
      return (try FormatFile($0.text, at: $0.path), $0.path)
    } catch {
      preconditionFailure("an embedded format is broken: \(error)")
    }
  }
}
