/// The words of `Words/people.json`, made ready to be looked for.
struct PeopleWords: Sendable {
  /// A word as it is written there, and its bytes.
  typealias Word = (text: String, bytes: [UInt8])
  /// Hashes of the last parts of names of fields.
  typealias Names = Set<UInt64>

  /// Words behind which an actor stands, most telling first.
  let beforeActor: [Word]
  /// Words that follow `user` in sentences without being a name.
  let commonNouns: Set<String>
  /// Words behind which the address of who asked stands.
  let beforeAddress: [Word]
  /// Words before who did it, where another stands in the same sentence to whom it was done.
  let beforeDoer: [Word]
  /// A person needs a name of their own here: `by design`, `by request`.
  let noDoers: Set<String>
  /// How names of fields begin, or end, that name a person in a way of their own: `openid_subject`, `staff_user`.
  let personStems: [[UInt8]]
  /// What else such a field may hold.
  let otherThings: [[UInt8]]
  /// Who had a thing before, and who has it now.
  let formerOwners: Names
  let nextOwners: Names
  /// Fields that name a person, whatever their part.
  let persons: Names
  /// Parts of names of fields whose address is not the client's.
  let otherEnds: [[UInt8]]
  /// The same, where they are a word of the name and not part of one: `nat_ip`, not `originator_ip`.
  let otherEndWords: [[UInt8]]
  /// What a person does, and no thing of a program.
  let personVerbs: [[UInt8]]
  /// What a person does to something: `kim removed lee`, not `role removed`.
  let deeds: [[UInt8]]
  /// What follows a deed that was done to what stands before it.
  let passives: Set<String>
  /// First words of messages that are no person's name.
  let firstNouns: Set<String>
  /// Words before who gave an address of another machine.
  let beforeSubmitter: [Word]
  /// Words before the other end of a connection whose certificate is at fault.
  let beforePeer: [Word]
  /// Parts of names of fields whose mail address is not that of who acted.
  let otherMails: [[UInt8]]
  /// Words that a name follows only where the sentence, or its clause, ends behind it.
  let beforeClauseEnd: [Word]
  /// What ends a clause behind a name.
  let clauseEnds: [[UInt8]]

  static let builtIn: PeopleWords = {
    guard let file = embeddedFiles.first(where: { $0.path == "Sources/Events/Words/people.json" }),
      let words = try? PeopleWords(file.text, at: file.path)
    else { preconditionFailure("people.json is built in and whole") }
    return words
  }()

  init(_ json: String, at place: String) throws(Problem) {
    let fields = try DataFile(json, name: place).fields()
    _ = try fields.text("about")
    func texts(_ key: String) throws(Problem) -> [String] { try fields.required(key, try fields.texts(key)) }
    func words(_ key: String) throws(Problem) -> [Word] { try texts(key).map { ($0, Array($0.utf8)) } }
    func bytes(_ key: String) throws(Problem) -> [[UInt8]] { try texts(key).map { Array($0.utf8) } }
    func names(_ key: String) throws(Problem) -> Names { Set(try texts(key).map { FieldName.Hashes($0.utf8).last }) }
    beforeActor = try words("before_actor")
    commonNouns = Set(try texts("common_nouns"))
    beforeAddress = try words("before_address")
    beforeDoer = try words("before_doer")
    noDoers = Set(try texts("no_doers"))
    personStems = try bytes("person_stems")
    otherThings = try bytes("other_things")
    formerOwners = try names("former_owners")
    nextOwners = try names("next_owners")
    persons = try names("persons")
    otherEnds = try bytes("other_ends")
    otherEndWords = try bytes("other_end_words")
    personVerbs = try bytes("person_verbs")
    deeds = try bytes("deeds")
    passives = Set(try texts("passives"))
    firstNouns = Set(try texts("first_nouns"))
    beforeClauseEnd = try words("before_clause_end")
    clauseEnds = try bytes("clause_ends")
    beforeSubmitter = try words("before_submitter")
    beforePeer = try words("before_peer")
    otherMails = try bytes("other_mails")
    try fields.finish()
  }
}
