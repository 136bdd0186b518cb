import Events
import Glibc
import Storage

/// How a run of `collect` reads, apart from what ``Events/ReaderConfiguration`` says.
public struct CollectorConfiguration: Sendable {
  /// Overrides unit, container and file stem (decision 10).
  public var app = ""
  /// Zone of times that name none; empty = by format (decision 2).
  public var zone = ""
  /// What is known of the files of some patterns; ``app`` and ``zone`` win.
  public var sources: [Source] = []
  /// What is read beside files.
  public var streams: [Stream] = []
  /// Whether ``Events/ReaderConfiguration/inputFormat`` is for all files, whatever ``sources`` say.
  public var readsOneFormat = false
  /// Takes an unterminated last line whatever it is (decision 6).
  public var takesUnfinished = false
  /// Starts files that are not known yet at their end.
  public var startsAtEnd = false
  /// Writes redacted lines on to standard output.
  public var tees = false
  /// Keeps all redacted lines in files.
  public var archive: ArchivedStore.Options?
  /// Column `source` of all files; empty = their paths.
  var sourceName = ""
  /// 32 secret bytes for the hashes of file identities (decision 14). Random ones serve this run only:
  /// the next knows files by device and inode alone.
  public var identityKey = (0..<32).map { _ in UInt8.random(in: 0...255) }
  /// One line or paragraph for people, without a program name.
  public var note: @Sendable (String) -> Void = { _ in }

  public init() {}

  public struct Source: Sendable {
    /// Paths and globs.
    public var patterns: [String]
    public var app: String
    public var zone: String
    /// Forces a log format; `nil` = none.
    public var inputFormat: String?

    public init(patterns: [String], app: String, zone: String, inputFormat: String? = nil) {
      self.patterns = patterns
      self.app = app
      self.zone = zone
      self.inputFormat = inputFormat
    }
  }

  /// Lines that come by themselves.
  public struct Stream: Sendable {
    public enum Kind: Hashable, Sendable {
      /// The systemd journal; only some units, or all.
      case journal(units: [String])
      case syslog(SyslogAddress)
    }
    public var kind: Kind
    /// What is known of it, as of files; its patterns are not used.
    public var source: Source

    public init(_ kind: Kind, _ source: Source) {
      self.kind = kind
      self.source = source
    }
  }

  func settings(of stream: Stream) -> SourceSettings {
    SourceSettings(
      app: app.isEmpty ? stream.source.app : app, zone: zone.isEmpty ? stream.source.zone : zone,
      inputFormat: readsOneFormat ? nil : stream.source.inputFormat)
  }

  /// What is known of a file.
  func settings(of path: String) -> SourceSettings {
    let source = sources.first { $0.patterns.contains { fnmatch($0, path, FNM_PATHNAME) == 0 } }
    return SourceSettings(
      app: app.isEmpty ? source?.app ?? "" : app, zone: zone.isEmpty ? source?.zone ?? "" : zone,
      inputFormat: readsOneFormat ? nil : source?.inputFormat)
  }
}
