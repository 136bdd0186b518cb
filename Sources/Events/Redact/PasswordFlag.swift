/// The flag by which some programs take a password: the same letter means other things elsewhere.
struct PasswordFlag: Hashable, Sendable {
  enum Touching: Hashable, Sendable {
    /// `-p X`
    case never
    /// `-P X` and `-PX`
    case maybe
    /// `-pX`: a blank after it means a prompt.
    case always
  }

  let letter: UInt8
  let touching: Touching
  let programs: [String]

  static let known: [PasswordFlag] = [
    PasswordFlag(
      letter: UInt8(ascii: "p"), touching: .never,
      programs: [
        "sshpass", "mongo", "docker login", "registry login", " login -u ", "podman login", "az login", "smbclient",
        "rabbitmqctl", "useradd ", "usermod ", "twine upload",
      ]),
    PasswordFlag(letter: UInt8(ascii: "p"), touching: .always, programs: ["mysql", "mariadb"]),
    PasswordFlag(letter: UInt8(ascii: "k"), touching: .never, programs: ["openssl enc", "openssl aes"]),
    PasswordFlag(letter: UInt8(ascii: "a"), touching: .never, programs: ["redis-cli", "valkey-cli"]),
    PasswordFlag(
      letter: UInt8(ascii: "w"), touching: .maybe,
      programs: [
        "ldapsearch", "ldapadd", "ldapmodify", "ldapwhoami", "ldapdelete", "ldappasswd", "ldapcompare", "ldapmodrdn",
        "ldapexop",
      ]),
    PasswordFlag(
      letter: UInt8(ascii: "P"), touching: .maybe,
      programs: ["zip ", "sqlcmd ", "bcp ", "isql ", "tsql ", "mosquitto_pub", "mosquitto_sub", "ipmitool"]),
  ]
}
