import Foundation

/// The door of libFuzzer for programs that have a `main` of their own.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

nonisolated(unsafe) private let redactor = try! RedactorProperties()
nonisolated(unsafe) private let reader = try! ReaderProperties()

/// Ends the program at the first input for which a property does not hold; libFuzzer keeps the input.
private func expect(_ fault: String?) {
  guard let fault else { return }
  FileHandle.standardError.write(Data("fuzz: \(fault)\n".utf8))
  abort()
}

var count = CommandLine.argc
var arguments = CommandLine.unsafeArgv
let isReader = ProcessInfo.processInfo.environment["SECLOG_FUZZ"] == "reader"
let status =
  isReader
  ? runDriver(&count, &arguments) { bytes, length in
    expect(reader.fault(of: UnsafeRawBufferPointer(start: bytes, count: length)))
    return 0
  }
  : runDriver(&count, &arguments) { bytes, length in
    expect(redactor.fault(of: UnsafeRawBufferPointer(start: bytes, count: length)))
    return 0
  }
exit(status)
