import Testing

@testable import Events

/// What makes a line worth reading beyond the literal that the scan found.
struct AnchorTests {
  private static func make() -> AnchorSet {
    AnchorSet(classifier: senses, rules: [])
  }

  private static let senses = [
    Anchor(
      text: "login",
      senses: [
        Anchor.Sense(text: "failed login", offset: 7, needs: AnchorNeeds()),
        Anchor.Sense(
          text: "login", offset: 0, needs: AnchorNeeds(methods: ["POST"], texts: ["\"err\":", "\"error\":"])),
      ]),
    Anchor(text: "/users", senses: [Anchor.Sense(text: "/users\"", offset: 0, needs: AnchorNeeds())]),
    Anchor(text: "/gate", senses: [Anchor.Sense(text: "/gate", offset: 0, needs: AnchorNeeds(statuses: unavailable))]),
  ]
  private static var unavailable: StatusSet {
    var statuses = StatusSet()
    statuses.insert(503)
    return statuses
  }

  @Test(arguments: [
    (#"{"msg":"failed login of ann"}"#, true),
    (#"{"msg":"Failed_Login of ann"}"#, true),
    (#"{"msg":"login failed"}"#, false),
    (#"{"msg":"xailed login"}"#, false),
    (#"login"#, false),
    // The other sense: the literal, a method and one of some keys.
    (#"{"path":"/login","method":"post","error":"x"}"#, true),
    (#"{"path":"/login","method":"POST","err":1}"#, true),
    (#"{"path":"/login","method":"POST","errno":1}"#, false),
    (#"{"path":"/login","method":"GET","error":"x"}"#, false),
    // A quote may be escaped, as often as JSON is nested.
    (#"{"path":"/users"}"#, true),
    (#"{"m":"{\"path\":\"/users\"}"}"#, true),
    (#"{"m":"\\\"/users\\\""}"#, true),
    (#"{"path":"/users/7"}"#, false),
    (#"{"path":"/users"#, false),
    // A number stands by itself.
    (#"{"path":"/gate","status":503}"#, true),
    (#"{"path":"/gate","status":200,"bytes":1503}"#, false),
    (#"{"path":"/gate","status":200,"bytes":5031}"#, false),
    (#"{"path":"/gate","status":200,"id":"a503"}"#, false),
  ])
  func `a line is read if what stands around the literal is what somebody asks for`(line: String, isRead: Bool) {
    let anchors = Self.make()
    var scanner = LiteralScanner(anchors.literals)
    var answers = AnchorAnswers()
    let holds = Array(line.utf8).withUnsafeBytes { bytes in
      scanner.scan(bytes)
      return (0..<scanner.count).contains { index in
        guard case .conditional(let condition) = anchors.meaning(of: scanner[index].literal) else { return true }
        return anchors.holds(condition, at: scanner[index].position, on: bytes, knowing: &answers)
      }
    }
    #expect(holds == isRead)
  }

  @Test func `texts that hold another are found by it, at its place`() {
    let shortest = AnchorSet.shortest(["failed login", "login", "relogin failed", "logout"])
    #expect(shortest.map(\.text).sorted() == ["login", "logout"])
    let login = shortest.first { $0.text == "login" }
    #expect(login?.within.map { "\($0.text) \($0.at)" } == ["login 0", "failed login 7", "relogin failed 2"])
  }

  @Test func `numbers come back in order, each once`() {
    var set = NumberSet(count: 200)
    for number in [130, 3, 64, 3, 199, 0] { set.insert(number) }
    var found: [Int] = []
    var next = set.next(from: 0)
    while let number = next {
      found.append(number)
      next = set.next(from: number + 1)
    }
    #expect(found == [0, 3, 64, 130, 199])
    set.removeAll()
    #expect(set.next(from: 0) == nil)
  }
}
