import Crypto
import Events

extension DashboardPage {
  /// The page as HTML: no script, nothing loaded from anywhere else.
  ///
  /// A file carries its style and a policy that allows nothing but that style; a served page links to
  /// the style, and its policy is in the header of the answer.
  public func html(_ form: HTMLForm = .file) -> String {
    let labels = Labels(self)
    var html = HTML()
    html.openPage(title: dashboard.title, form: form)
    if case .served(let navigation) = form { html.navigation(navigation, current: "/d/\(dashboard.name)") }
    html.header(self, labels: labels)
    html.raw("<main>")
    for row in panels {
      html.raw("<div class=\"row\">")
      let width = Self.width(row)
      for panel in row { html.panel(panel, of: self, width: width, labels: labels) }
      html.raw("</div>")
    }
    html.raw("</main>")
    html.footer(self)
    html.raw("</body></html>\n")
    return html.text
  }

  /// Columns of the grid of 12 that each panel of a row takes.
  private static func width(_ row: [Panel]) -> Int {
    if row.allSatisfy({ $0.panel.kind == .tile }) {
      return row.count % 4 == 0 || row.count > 4 ? 3 : max(3, 12 / row.count)
    }
    return row.count == 1 ? 12 : row.count == 2 ? 6 : row.count == 3 ? 4 : 3
  }

  /// `24h`, `7d`.
  var range: String { Age(microseconds: until - since).description }

  func command(_ words: String) -> String {
    commandOptions.isEmpty ? "seclog \(words)" : "seclog \(words) \(commandOptions)"
  }
}

/// Where a page will be looked at.
public enum HTMLForm: Hashable, Sendable {
  /// A file that is opened, mailed, archived.
  case file
  /// An answer of `seclog serve`, with links to its other pages.
  case served(navigation: [HTMLLink])
}

public struct HTMLLink: Hashable, Sendable {
  public var title: String
  public var path: String

  public init(title: String, path: String) {
    self.title = title
    self.path = path
  }
}

/// The style sheet of every page.
public enum StyleSheet {
  public static let css = embeddedFiles.first { $0.path == "dashboards/style.css" }?.text ?? ""

  /// For `Content-Security-Policy`: exactly this style and no other.
  public static let source: String = {
    let digest = SHA256.hash(data: Array(css.utf8))
    return "'sha256-\(base64(Array(digest)))'"
  }()

  private static func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for place in 0..<4 {
        text.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : "=")
      }
    }
    return text
  }
}

extension HTML {
  mutating func openPage(title: String, form: HTMLForm) {
    raw(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
    )
    if form == .file {
      raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src ")
      style(StyleSheet.source)
      raw("; base-uri 'none'; form-action 'none'\">")
    }
    raw("<meta name=\"referrer\" content=\"no-referrer\"><meta name=\"generator\" content=\"seclog\"><title>")
    value(title)
    raw("</title>")
    if form == .file {
      raw("<style>")
      style(StyleSheet.css)
      raw("</style>")
    } else {
      raw("<link rel=\"stylesheet\" href=\"/style.css\">")
    }
    raw("</head><body>")
  }

  mutating func navigation(_ links: [HTMLLink], current: String) {
    raw("<nav aria-label=\"Pages\">")
    for link in links {
      raw("<a href=\"")
      value(link.path)
      if link.path == current { raw("\" aria-current=\"page") }
      raw("\">")
      value(link.title)
      raw("</a>")
    }
    raw("</nav>")
  }

  mutating func header(_ page: DashboardPage, labels: Labels) {
    raw("<header><h1>")
    value(page.dashboard.title)
    raw("</h1><p class=\"meta\">")
    var words: [String] = []
    if !page.health.hosts.isEmpty { words.append(page.health.hosts.prefix(4).joined(separator: ", ")) }
    words.append("last \(page.range) to \(labels.dayAndTime(page.until)) \(labels.zoneName)")
    words.append(
      page.health.newestEvent == 0 ? "no events yet" : "newest event \(labels.ago(page.health.newestEvent))")
    value(words.joined(separator: " · "))
    raw("</p>")
    let silent = page.health.sources.filter { $0.state != .ok }.count
    let worst = page.attention.map(\.severity).max() ?? 0
    let count = page.sentences.count
    let alerts = count == 1 ? "1 incident" : "\(count) incidents"
    let sources =
      page.health.sources.isEmpty
      ? "" : " · \(page.health.sources.count - silent) of \(page.health.sources.count) sources speaking"
    if worst >= 4 {
      raw("<p class=\"pill harm\">")
      value(alerts + sources)
    } else if worst > 0 || silent > 0 {
      raw("<p class=\"pill warn\">")
      value((worst > 0 ? alerts : "no incident") + sources)
    } else {
      raw("<p class=\"pill good\">")
      value("quiet" + sources)
    }
    raw("</p></header>")
  }

  mutating func footer(_ page: DashboardPage) {
    raw("<footer><p>Drawn by seclog ")
    value(Timestamp.rfc3339(page.now).prefix(19))
    raw("Z from dashboard '")
    value(page.dashboard.name)
    raw("'. This page loads nothing from the network and runs no script.</p></footer>")
  }
}
