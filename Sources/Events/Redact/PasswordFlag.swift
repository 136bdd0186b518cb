/// The flag by which some programs take a password: the same letter means other things elsewhere.
struct PasswordFlag: Sendable {
  enum Touching: Hashable, Sendable {
    /// `-p X`
    case never
    /// `-P X` and `-PX`
    case maybe
    /// `-pX`: a blank after it means a prompt.
    case always
  }

  /// One letter, or some of which each has a password of its own.
  let letters: StaticString
  let touching: Touching
  let programs: [String]

  static let known: [PasswordFlag] = [
    PasswordFlag(
      letters: "p", touching: .never,
      programs: [
        "sshpass", "mongo", "docker login", "registry login", " login -u ", "podman login", "az login", "smbclient",
        "rabbitmqctl", "rclone config", "useradd ", "usermod ", "twine upload", "psexec", "openfortivpn",
      ]),
    PasswordFlag(letters: "p", touching: .always, programs: ["mysql", "mariadb"]),
    PasswordFlag(
      letters: "p", touching: .always, programs: ["7z ", "7za ", "7zr ", "7zz ", "unrar ", "rar a ", "rar x "]),
    PasswordFlag(
      letters: "AX", touching: .never,
      programs: [
        "snmpget ", "snmpgetnext ", "snmpwalk ", "snmpbulkget ", "snmpbulkwalk ", "snmpset ", "snmptable ", "snmptrap ",
        "snmpinform ", "snmpstatus ", "snmpdf ", "snmpusm ",
      ]),
    PasswordFlag(letters: "t", touching: .never, programs: ["doctl auth init"]),
    PasswordFlag(letters: "s", touching: .never, programs: ["eapol_test "]),
    PasswordFlag(letters: "k", touching: .never, programs: ["openssl enc", "openssl aes"]),
    PasswordFlag(letters: "a", touching: .never, programs: ["redis-cli", "valkey-cli"]),
    PasswordFlag(
      letters: "w", touching: .maybe,
      programs: [
        "ldapsearch", "ldapadd", "ldapmodify", "ldapwhoami", "ldapdelete", "ldappasswd", "ldapcompare", "ldapmodrdn",
        "ldapexop", "add-generic-password", "add-internet-password",
      ]),
    PasswordFlag(
      letters: "P", touching: .maybe,
      programs: [
        "zip ", "sqlcmd ", "bcp ", "isql ", "tsql ", "mosquitto_pub", "mosquitto_sub", "ipmitool", "kdb5_util ",
      ]),
  ]
}
