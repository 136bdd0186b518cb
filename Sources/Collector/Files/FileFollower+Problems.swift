import Events
import Glibc

/// Problems: each is told once, until it is mended.
extension FileFollower {
  func report(_ path: String, _ error: FileError) {
    guard problems[path] != error.code else { return }
    problems[path] = error.code
    failures.insert(path)
    let problem =
      switch error.code {
      case ENOENT:
        options.isFollowing
          ? Problem(.failed, at: PathText.shown(path), "no such file.", next: "It is read as soon as it appears.")
          : Problem(
            .failed, at: PathText.shown(path), "no such file.",
            next: "Check the path; quote globs: '\(GlobPattern.join(GlobPattern.directory(of: path), "*.log"))'")
      case EACCES, EPERM:
        Problem(
          .permission, at: PathText.shown(path), "permission denied.",
          next:
            "Let the user that runs seclog read it:  setfacl -m u:$(id -un):r \(PathText.shown(path))   or join its group."
        )
      case EMFILE, ENFILE:
        Problem(
          .failed, at: PathText.shown(path), "no descriptor is free to open it.",
          next: "Raise the limit:  ulimit -n 1024   or LimitNOFILE=1024 of the unit.")
      default: Problem(.failed, at: PathText.shown(path), "cannot be read: \(String(cString: strerror(error.code))).")
      }
    note(problem.description)
  }

  func reportKind(_ path: String, _ kind: FileStatus.Kind) {
    guard problems[path] == nil else { return }
    problems[path] = EISDIR
    failures.insert(path)
    let problem =
      kind == .directory
      ? Problem(
        .failed, at: PathText.shown(path), "is a directory.",
        next: "Name its files:  seclog collect '\(path.hasSuffix("/") ? path : path + "/")*.log'")
      : Problem(
        .failed, at: PathText.shown(path), "is neither a file nor a pipe into standard input.",
        next: "Pipe it:  seclog collect < \(PathText.shown(path))")
    note(problem.description)
  }

  func reportUnreadable(_ path: String, _ kind: String) {
    guard problems[path] == nil else { return }
    problems[path] = ENOEXEC
    failures.insert(path)
    note(
      Problem(
        .data, at: PathText.shown(path), "is \(kind), no log; nothing of it was read.",
        next: "Leave it out of the pattern."
      )
      .description)
  }

  func reportDamage(_ path: String, _ what: String) {
    guard problems[path] == nil else { return }
    problems[path] = EILSEQ
    failures.insert(path)
    note(
      Problem(.data, at: PathText.shown(path), what, next: "Compare with:  gzip -t \(PathText.shown(path))").description
    )
  }

  func reportNoMatch(_ pattern: String) {
    if !options.isFollowing { failures.insert(pattern) }
    note(
      Problem(
        .failed, at: pattern, "no file matches.",
        next: options.isFollowing ? "Files are read as soon as they appear." : "Check the path and the quotes."
      ).description)
  }

  func clearProblem(_ path: String) {
    // What a file is does not change by reading it.
    guard let code = problems[path], code != ENOEXEC, code != EILSEQ else { return }
    problems[path] = nil
    failures.remove(path)
  }
}
