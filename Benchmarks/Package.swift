// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "seclog", path: "..")],
  targets: [
    .executableTarget(
      name: "bench",
      dependencies: [
        .product(name: "Events", package: "seclog"), .product(name: "Storage", package: "seclog"), "CAllocations",
      ]),
    // Counts the calls of malloc of the whole process.
    .target(name: "CAllocations"),
  ]
)
