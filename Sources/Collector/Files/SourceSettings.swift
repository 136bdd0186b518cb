import Events

/// What people said of a source; empty where they said nothing.
struct SourceSettings: Hashable, Sendable {
  var app = ""
  /// Zone of times that name none.
  var zone = ""
  /// The only log format of the source.
  var inputFormat: String?

  /// Lets a source that is read anew, or known from an earlier run, be what is said of it now.
  ///
  /// - Parameter app: its name if nobody gave it one.
  func apply(to state: inout SourceState, app name: @autoclosure () -> String) {
    if !app.isEmpty || state.isAppGiven || state.app.isEmpty { state.app = app.isEmpty ? name() : app }
    state.isAppGiven = !app.isEmpty
    state.zone = zone
    state.inputFormat = inputFormat
  }
}
