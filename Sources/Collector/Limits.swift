import Events

/// Every limit of the collector, by name. Limits of the hot path stand in `Events/Limits.swift`.
enum CollectorLimits {
  /// One `read(2)`; larger blocks bring nothing (measured), smaller ones cost system calls.
  static let blockBytes = 512 << 10
  /// Bytes at the start of a file that are part of its identity.
  static let headBytesMax = 1024
  /// Bytes just before the offset that are part of its identity: they change when a file is truncated
  /// and grows past the old offset, which neither size nor head would show.
  static let markBytesMax = 256
  /// Files that share fewer bytes are taken for copies only under a related name.
  static let copyBytesMin: Int64 = 4096

  /// One transaction holds at most this many changed rows …
  static let commitRowsMax = 4_000
  /// … and the positions of this many files (each is as long as some rows), …
  static let commitFilesMax = 1_000
  /// … and is begun this long after its first row was read.
  static let commitMicroseconds: Int64 = 100_000
  /// Commits that may wait for a slow store before reading pauses.
  static let commitQueueMax = 1
  /// After so many seconds without a commit the store and the process give back the memory that they can do without.
  static let restSeconds = 3
  static let retryMicrosecondsMin: Int64 = 20_000
  /// A damaged store is set aside at most this often.
  static let setAsideMicrosecondsMin: Int64 = 60_000_000
  /// Failures of the store are told once they last longer than this.
  static let quietRetryMicroseconds: Int64 = 1_000_000
  static let retryMicrosecondsMax: Int64 = 100_000

  /// Descriptors kept open for followed files; the idle ones beyond are closed and opened again when they grow.
  static let openFilesMax = 256
  /// Descriptors left to the store, the archive and the rest where fewer are allowed than these and those.
  static let otherDescriptors = 32
  /// … but files get at least so many.
  static let openFilesMin = 4
  /// A lack of them is told once no file could be opened for so long; what could not is tried again until then.
  static let quietLackMicroseconds: Int64 = 10_000_000
  /// New files are opened and recognised this many at a time.
  static let identifiedAtOnceMax = 64
  /// Of longer files not every byte is compared.
  static let comparedBytesMax: Int64 = 16 << 20
  /// So many directories below a followed one are looked into.
  static let directoriesBelowMax = 64
  /// An unlinked file is closed this long after its last byte was read.
  static let unlinkedIdleMicroseconds: Int64 = 2_000_000
  /// The same where nobody can tell whether it is still written.
  static let unlinkedUnsureMicroseconds: Int64 = 300_000_000
  /// A file that was renamed out of the pattern is closed this long after its last byte was read.
  static let renamedIdleMicroseconds: Int64 = 900_000_000
  /// A closed file outside the pattern counts as deleted after so many looks at its siblings.
  static let missedLooksMax = 3
  /// Files beside the followed ones that are remembered as none of ours.
  static let bystandersMax = 100_000
  /// An unterminated last line is taken from a rotated file after this long, if it is one JSON object …
  static let rotatedTailMicroseconds: Int64 = 2_000_000
  /// … and whatever it is after this long.
  static let rotatedTextTailMicroseconds: Int64 = 10_000_000
  /// An unterminated complete JSON object at the end of a live file is taken after this long.
  static let liveTailMicroseconds: Int64 = 3_000_000
  /// Bytes that were removed before they were read are told after this long: a copy may still appear.
  static let lostToldMicroseconds: Int64 = 60_000_000
  /// Positions of files that are gone are kept this long: their gzipped copy may still appear.
  static let lostKeptMicroseconds: Int64 = 24 * 3_600_000_000
  /// Positions of files that were not seen for this long are dropped.
  static let unseenKeptMicroseconds: Int64 = 30 * 24 * 3_600_000_000
  /// A copy that stays shorter than its vanished original for this long is a file of its own.
  static let copyPatienceMicroseconds: Int64 = 5_000_000
  /// File times may lag the clock by this much.
  static let modifiedSlackMicroseconds: Int64 = 2_000_000
  /// A gzip file younger than this must be complete before it is read.
  static let gzipSettleMicroseconds: Int64 = 600_000_000

  /// Sweep over all files: at least this often, at most a share of the processor (``sweepShare``).
  static let sweepMicroseconds: Int64 = 1_000_000
  static let sweepMicrosecondsMax: Int64 = 15_000_000
  /// A sweep may cost one part in this many of the time between sweeps.
  static let sweepShare: Int64 = 300

  /// Pause after a wake-up, in which more writes may come.
  static let settleMicroseconds: UInt32 = 3_000

  /// Events of standard input that wait in memory while the store is busy; then they are spilled.
  static let stdinRowsMax = 40_000
  /// Bytes of the spill file; then events are dropped and counted.
  static let spillBytesMax: Int64 = 1 << 30
  /// After a signal, standard input is read on for at most this long.
  static let drainMicroseconds: Int64 = 5_000_000
  /// What an application of `seclog run` wrote and the store did not take: beyond this many bytes
  /// the oldest are given up, counted and told.
  static let outputBytesMax: Int64 = 512 << 20
  /// Stored output is given back to the file system in pieces of at least this size.
  static let punchBytesMin: Int64 = 256 << 10
  /// At the end of a run on files a store that cannot be written is retried for this long; the next
  /// run reads again what was not written.
  static let lastCommitMicroseconds: Int64 = 8_000_000
  /// … and at the end of standard input, which cannot be read again.
  static let lastStdinCommitMicroseconds: Int64 = 30_000_000

  /// `journalctl` that ended is started again after this long …
  static let journalRestartMicrosecondsMin: Int64 = 200_000
  /// … and if it ends at once again, ever later, up to this.
  static let journalRestartMicrosecondsMax: Int64 = 30_000_000
  /// Body of a request of OTLP, compressed and otherwise; its records are one line.
  static let otlpBodyBytesMax = Limits.lineBytesMax
  /// Messages within messages, of which a value in a value is three.
  static let otlpDepthMax = 100
  /// Lines that were brought and wait to be stored.
  static let pushWaitingBytesMax = 64 << 20
  /// Senders of syslog over TCP at the same time.
  static let syslogConnectionsMax = 256
  /// Receive buffer asked for each syslog socket.
  static let socketBufferBytes: Int32 = 4 << 20
  /// How long a message that must not be lost waits for a service manager that is busy.
  static let notifySeconds = 2

  /// Notes of faults that are read at the start.
  static let trapsMax = 64

  /// Servers whose certificates are looked at at the same time.
  static let probesAtOnceMax = 16
  /// The bundle of all public roots is a quarter of this.
  static let certificateFileBytesMax = 1 << 20
}
