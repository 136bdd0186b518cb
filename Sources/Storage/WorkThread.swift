import Glibc

/// A thread that does one piece of work and ends.
public struct WorkThread: Sendable {
  private let thread: pthread_t

  private final class Work {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Begins at once; what `work` holds lives until it is done. Either ``join()`` or ``detach()`` must follow.
  public init(_ work: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        Unmanaged<Work>.fromOpaque(context!).takeRetainedValue().run()
        return nil
      }, Unmanaged.passRetained(Work(work)).toOpaque())
    precondition(code == 0, "a process can have one more thread")
    self.thread = thread
  }

  /// Waits until the work is done.
  public func join() { pthread_join(thread, nil) }

  /// Nobody waits for it.
  public func detach() { pthread_detach(thread) }
}
