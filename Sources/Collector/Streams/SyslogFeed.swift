import Events
import Foundation
import Storage

/// Syslog messages (RFC 5424, RFC 3164) from a socket of ours.
///
/// Neither protocol answers, so nobody knows what was lost on the way. What was received and not
/// committed is gone with the process.
final class SyslogFeed: LineFeed {
  let name: String
  private let address: SyslogAddress
  private let note: (String) -> Void
  private var listener: Int32 = -1
  private var connections: [Int32: SyslogFramer] = [:]
  private var room = [UInt8](repeating: 0, count: 64 << 10)
  /// The port that was taken, where any was asked for.
  private(set) var port: UInt16 = 0

  /// - Throws: ``Events/Problem`` if the address cannot be taken.
  init(_ address: SyslogAddress, note: @escaping (String) -> Void) throws {
    self.address = address
    self.note = note
    name = "syslog:\(address.text)"
    switch address.kind {
    case .unix(let path): try bind(path: path)
    case .tcp(let host, let port): try bind(host, port, Int32(SOCK_STREAM.rawValue))
    case .udp(let host, let port): try bind(host, port, Int32(SOCK_DGRAM.rawValue))
    }
  }

  deinit { close() }

  private func problem(_ code: Int32) -> Problem {
    Problem(
      code == EACCES ? .permission : .failed, at: address.text,
      "syslog cannot be waited for here: \(String(cString: strerror(code))).",
      next: code == EACCES ? "Ports under 1024 need CAP_NET_BIND_SERVICE; 5514 does not." : SyslogAddress.examples)
  }

  private func bind(path: String) throws {
    var info = stat()
    // Of a run before; a socket that somebody listens to would be taken away from him, so ask.
    if lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
    listener = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw problem(errno) }
    chmod(path, 0o660)
  }

  private func bind(_ host: String, _ port: String, _ type: Int32) throws {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
    hints.ai_socktype = type
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, port, &hints, &found) == 0, let info = found else { throw problem(EADDRNOTAVAIL) }
    defer { freeaddrinfo(found) }
    listener = socket(info.pointee.ai_family, type | Int32(SOCK_CLOEXEC.rawValue), 0)
    var one: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    // A burst must fit while a block is read; the kernel gives what it allows.
    var bytes = CollectorLimits.socketBufferBytes
    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
    guard listener >= 0, Glibc.bind(listener, info.pointee.ai_addr, info.pointee.ai_addrlen) == 0 else {
      throw problem(errno)
    }
    if type == Int32(SOCK_STREAM.rawValue) {
      guard listen(listener, 64) == 0 else { throw problem(errno) }
      _ = fcntl(listener, F_SETFL, O_NONBLOCK)
    }
    var taken = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &taken) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
    }
    self.port = UInt16(bigEndian: taken.sin_port)
  }

  func receive(onto bytes: inout [UInt8], milliseconds: Int32) -> Bool {
    var polled = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
    polled += connections.keys.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    guard poll(&polled, nfds_t(polled.count), milliseconds) > 0 else { return true }
    for handle in polled where handle.revents != 0 {
      if handle.fd != listener {
        read(handle.fd, onto: &bytes)
      } else if case .tcp = address.kind {
        accept()
      } else {
        takeDatagrams(onto: &bytes)
      }
    }
    return true
  }

  private func takeDatagrams(onto bytes: inout [UInt8]) {
    while bytes.count < CollectorLimits.blockBytes {
      let count = recv(listener, &room, room.count, Int32(MSG_DONTWAIT))
      guard count > 0 else { return }
      SyslogFramer.append(room[..<count], to: &bytes)
    }
  }

  private func accept() {
    let handle = Glibc.accept(listener, nil, nil)
    guard handle >= 0 else { return }
    _ = fcntl(handle, F_SETFD, FD_CLOEXEC)
    guard connections.count < CollectorLimits.syslogConnectionsMax else {
      Glibc.close(handle)
      note("\(address.text): more than \(CollectorLimits.syslogConnectionsMax) senders; one was refused.")
      return
    }
    connections[handle] = SyslogFramer()
  }

  private func read(_ handle: Int32, onto bytes: inout [UInt8]) {
    let count = recv(handle, &room, room.count, Int32(MSG_DONTWAIT))
    if count > 0 {
      connections[handle]?.take(room[..<count], onto: &bytes)
      if connections[handle]?.isBroken == true {
        note(
          "\(address.text): a sender counts messages over the limit of \(Limits.lineBytesMax) bytes; it was cut off.")
        drop(handle, onto: &bytes)
      }
      return
    }
    if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
    drop(handle, onto: &bytes)
  }

  private func drop(_ handle: Int32, onto bytes: inout [UInt8]) {
    connections[handle]?.finish(onto: &bytes)
    connections[handle] = nil
    Glibc.close(handle)
  }

  func consumed(_ lines: UnsafeRawBufferPointer) {}

  func position() -> StoredPosition? { nil }

  func close() {
    for handle in connections.keys { Glibc.close(handle) }
    connections = [:]
    if listener >= 0 {
      Glibc.close(listener)
      if case .unix(let path) = address.kind { unlink(path) }
    }
    listener = -1
  }
}
