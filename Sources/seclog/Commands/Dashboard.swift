import ArgumentParser
import Dashboards
import Events
import Foundation
import Queries
import Storage

struct DashboardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dashboard",
    abstract: "Show, draw and list dashboards.",
    discussion: """
      Examples:
        seclog dashboard show
        seclog dashboard render overview -o overview.html
      """,
    subcommands: [Show.self, Render.self, List.self])

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a dashboard in the terminal.")

    @OptionGroup var store: StoreOptions
    @OptionGroup var reading: ReadingOptions

    @Argument(help: "Name of the dashboard.", completion: .list(DashboardCommand.names))
    var name = "overview"

    @Option(help: "Columns of the terminal. Default: what the terminal says, else 80.")
    var width: Int?

    @Option(help: "When to use colour: auto, always or never.")
    var color: Color = .auto

    func run() throws {
      let page = try DashboardCommand.page(name, store, reading)
      let isUTF8 = Terminal.isUTF8
      Terminal.write(
        page.text(width: width ?? Terminal.width, usesColor: color.isOn(for: STDOUT_FILENO), isASCII: !isUTF8))
    }
  }

  struct Render: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "render",
      abstract: "Draw a dashboard as one HTML file that needs nothing else.",
      discussion: "Example: seclog dashboard render overview -o overview.html")

    @OptionGroup var store: StoreOptions
    @OptionGroup var reading: ReadingOptions

    @Argument(help: "Name of the dashboard.", completion: .list(DashboardCommand.names))
    var name = "overview"

    @Option(
      name: .shortAndLong, help: "The file to write; - is standard output.", completion: .file(extensions: ["html"]))
    var output: String

    func run() throws {
      let html = try DashboardCommand.page(name, store, reading).html()
      if output == "-" { return Terminal.write(html) }
      do {
        // The page names users and addresses: for the same eyes as the store.
        try Data(html.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
        chmod(output, 0o640)
      } catch {
        let directory = (output as NSString).deletingLastPathComponent
        let place = directory.isEmpty ? "." : directory
        guard access(place, F_OK) == 0 else {
          throw Problem(.failed, at: place, "no such directory.", next: "Make it first:  mkdir -p \(place)")
        }
        guard access(place, W_OK) == 0 else {
          throw Problem(.permission, at: output, "cannot be written here.", next: "Choose another place with -o.")
        }
        throw Problem(.failed, at: output, "cannot be written: \(error.localizedDescription)")
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the dashboards.")

    @OptionGroup var configuration: ConfigurationOptions

    func run() throws {
      let settings = try configuration.load()
      let catalogue = DashboardCatalogue(directories: settings.dashboardDirectories)
      let width = catalogue.dashboards.map(\.name.count).max() ?? 0
      for dashboard in catalogue.dashboards {
        let gap = String(repeating: " ", count: width - dashboard.name.count + 2)
        Terminal.writeLine(dashboard.name + gap + (dashboard.about.isEmpty ? dashboard.title : dashboard.about))
      }
      for problem in catalogue.problems { Terminal.note(problem.description) }
      if !catalogue.problems.isEmpty { throw ExitCode(Problem.Code.config.rawValue) }
    }
  }

  static var names: [String] { DashboardCatalogue().dashboards.map(\.name) }

  static func page(_ name: String, _ options: StoreOptions, _ reading: ReadingOptions) throws -> DashboardPage {
    let settings = try options.configuration.load()
    let dashboard = try DashboardCatalogue(directories: settings.dashboardDirectories).dashboard(named: name)
    let range = try reading.range()
    let store = try options.openForReading()
    let runner = QueryRunner(store: store, now: range.now, zone: reading.zone)
    var loader = DashboardLoader(runner: runner, queries: QueryCatalogue(directories: settings.queryDirectories))
    loader.commandOptions = options.asTyped
    var page = try loader.page(dashboard, since: range.since, until: range.until)
    var attention = Attention(settings)
    attention.zone = reading.zone
    attention.options = options.asTyped
    page.attention = try attention.incidents(in: store, now: range.now, endedSince: page.since)
    return page
  }
}
