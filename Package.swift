// swift-tools-version: 6.2
import PackageDescription

// One room per target; imports point down. docs/ARCHITECTURE.md draws the house.
// Direct dependencies are pinned with `exact:` so that a clean clone builds what was tested.

let embedFiles: Target.PluginUsage = .plugin(name: "EmbedFiles")
// Tests that only look at the program from outside: to optimise them costs more than it saves.
let asWritten: [SwiftSetting] = [.unsafeFlags(["-Onone"], .when(configuration: .release))]

let package = Package(
  name: "seclog",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "seclog", targets: ["seclog"]),
    .library(name: "Events", targets: ["Events"]),
    .library(name: "Storage", targets: ["Storage"]),
    .library(name: "Collector", targets: ["Collector"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    .executableTarget(
      name: "seclog",
      dependencies: [
        "Web", "Dashboards", "Detection", "Collector", "Queries", "Storage", "Events", "StrictYAML",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["Samples"],
      plugins: [embedFiles]),
    .target(
      name: "Web",
      dependencies: [
        "Dashboards", "Detection", "Queries", "Storage", "Events",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .target(
      name: "Dashboards",
      dependencies: [
        "Queries", "Storage", "Events", "StrictYAML",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      plugins: [embedFiles]),
    .target(
      name: "Detection",
      dependencies: [
        "Queries", "Storage", "Events", "StrictYAML",
        .product(name: "Yams", package: "Yams"), .product(name: "Crypto", package: "swift-crypto"),
      ],
      plugins: [embedFiles]),
    .target(
      name: "Collector",
      dependencies: [
        "Storage", "Events", "CLinux", "CZlib",
        .product(name: "X509", package: "swift-certificates"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ]),
    .target(name: "Queries", dependencies: ["Storage", "Events"], plugins: [embedFiles]),
    .target(
      name: "Storage",
      dependencies: [
        "Events", "CZlib", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ]),
    .target(
      name: "Events",
      dependencies: ["CKernels", "CRE2", .product(name: "Crypto", package: "swift-crypto")],
      exclude: ["Formats", "Classifiers", "Secrets", "Words"],
      // The hot path lives in classes of one thread each; asking at every access whether two overlap
      // costs a tenth of the time. Debug builds, and so the tests, still ask.
      swiftSettings: [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))],
      plugins: [embedFiles]),

    // Configuration, dashboards and rules: YAML with faults as file:line:column.
    .target(
      name: "StrictYAML", dependencies: ["Events", .product(name: "Yams", package: "Yams")]),

    // C and C++ under the house: kernels of the hot path, and thin doors to system libraries.
    .target(name: "CKernels"),
    .target(name: "CLinux"),
    .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // Data files (formats, secrets, queries, rules, dashboards, samples) become string literals of
    // their target at build time, so the binary carries them and they cannot be stale.
    .executableTarget(name: "embed"),
    .plugin(name: "EmbedFiles", capability: .buildTool(), dependencies: ["embed"]),

    .testTarget(
      name: "EventsTests", dependencies: ["Events", "TestSupport", "CTestAllocations"], exclude: ["Golden", "Corpus"]),
    // Counts the calls of malloc of a thread.
    .target(name: "CTestAllocations", path: "Tests/CTestAllocations"),
    // Seeds and folders that several of the tests use.
    .target(name: "TestSupport", path: "Tests/TestSupport"),
    .testTarget(name: "StorageTests", dependencies: ["Storage", "Events", "TestSupport"], swiftSettings: asWritten),
    .testTarget(name: "QueriesTests", dependencies: ["Queries", "TestSupport"]),
    .testTarget(
      name: "DetectionTests", dependencies: ["Detection", "Storage", "Events", "TestSupport"], exclude: ["Fixtures"],
      swiftSettings: asWritten),
    .testTarget(name: "CollectorTests", dependencies: ["Collector", "CZlib", "TestSupport"]),
    .testTarget(name: "DashboardsTests", dependencies: ["Dashboards", "Storage", "Events", "StrictYAML"]),
    .testTarget(name: "WebTests", dependencies: ["Web", "Dashboards", "Storage", "Events"]),
    .testTarget(name: "CommandTests", dependencies: ["TestSupport"], swiftSettings: asWritten),
  ],
  cxxLanguageStandard: .cxx17
)
