// swift-tools-version: 6.2
import PackageDescription

// The Events room of the house once more, compiled so that libFuzzer sees every branch and AddressSanitizer
// every access. The folders are links: there is one source. `scripts/fuzz` builds and runs it.

/// Asks for coverage at compile time only: the driver is linked without its own `main`, by `scripts/fuzz`.
let watched: [SwiftSetting] = [.unsafeFlags(["-sanitize=fuzzer,address", "-enable-testing"])]
let watchedC: [CSetting] = [.unsafeFlags(["-fsanitize=fuzzer-no-link,address"])]

let package = Package(
  name: "Fuzz",
  platforms: [.macOS(.v15)],
  dependencies: [.package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2")],
  targets: [
    .executableTarget(
      name: "fuzz", dependencies: ["Events"], swiftSettings: watched,
      linkerSettings: [.unsafeFlags(["-sanitize=address"])]),
    .target(
      name: "Events",
      dependencies: ["CKernels", "CRE2", .product(name: "Crypto", package: "swift-crypto")],
      exclude: ["Formats", "Classifiers", "Secrets", "Words"],
      swiftSettings: watched,
      plugins: ["EmbedFiles"]),
    .target(name: "CKernels", cSettings: watchedC),
    .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
    .executableTarget(name: "embed"),
    .plugin(name: "EmbedFiles", capability: .buildTool(), dependencies: ["embed"]),
  ],
  cxxLanguageStandard: .cxx17
)
