import Events
import Queries
import Storage

/// Events as rows: all columns for programs, those that tell the story for people.
struct EventRows {
  static let story: [Column] = [
    .ts, .host, .app, .severity, .event, .outcome, .actor, .target, .sourceIP, .message, .id,
  ]

  let columns: [Column]

  init(for format: OutputFormat) {
    switch format {
    case .table, .markdown: columns = Self.story.filter { $0 != .outcome }
    case .tsv: columns = Self.story
    default: columns = Column.allCases
    }
  }

  func row(_ event: Event) -> [SQLValue] {
    columns.map { column in
      switch event[column] {
      case .text(let text): .text(text)
      case .integer(let number): .integer(number)
      }
    }
  }
}
