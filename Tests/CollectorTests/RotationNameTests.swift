import Testing

@testable import Collector

/// Which names rotation gives: what is taken for an older generation is read, what is not is left.
struct RotationNameTests {
  @Test(arguments: [
    ("app.log.1", "app.log"), ("app.log.2.gz", "app.log"), ("app-20261121.log", "app.log"),
    ("app.log.2026-11-21", "app.log"), ("app.log.old", "app.log"), ("20261121-app.log", "app.log"),
    ("2026-11-21_app.log", "app.log"), ("@400000006743b01a2f1c3e5a.s", "current"),
    ("@400000006743b01a2f1c3e5a.u", "current"), ("@400000006743b01a2f1c3e5a", "current"),
  ])
  func `a generation leads to its log`(name: String, base: String) {
    #expect(RotationName.bases(of: name).contains(base))
    #expect(RotationName.stem(name) == RotationName.stem(base))
    #expect(RotationName.areRelated(name, base))
  }

  @Test(arguments: ["app.log", "current", "1-app.log", "20261121.log", "@home", "@400000006743b01a", "node1.log"])
  func `other names lead nowhere`(name: String) {
    #expect(RotationName.bases(of: name) == [])
  }

  @Test func `two logs with numbers are two`() {
    #expect(!RotationName.areRelated("node-1.log", "node-2.log"))
    #expect(RotationName.areRelated("app.log.1", "app.log.2"))
  }
}
