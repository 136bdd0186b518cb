extension Filter {
  /// Whether the record passes. Regexes and networks are compiled once per process and cached.
  public func matches(_ record: some Record) -> Bool {
    preconditionFailure("not built yet")
  }
}
