import ArgumentParser

/// `--config`, for commands that need no store. Those that do take ``StoreOptions``, which holds this.
struct ConfigurationOptions: ParsableArguments {
  @Option(
    name: [.long, .customShort("c")], help: "The configuration file.", completion: .file(extensions: ["yaml", "yml"]))
  var config: String?

  /// Reads the configuration: `--config`, else `$SECLOG_CONFIG`, else the user's, else the machine's, else defaults.
  ///
  /// - Throws: `Problems` with every fault of the file.
  func load() throws -> Configuration {
    try Configuration.load(path: config)
  }
}
