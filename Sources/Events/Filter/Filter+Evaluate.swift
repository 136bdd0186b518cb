extension Filter {
  /// Whether the record passes; a filter that does not compile matches nothing.
  ///
  /// Compiles at each call: for tests and single look-ups. Use ``CompiledFilter`` for more.
  public func matches(_ record: some Record) -> Bool {
    guard let compiled = try? CompiledFilter(self) else { return false }
    return compiled.matches(record)
  }
}
