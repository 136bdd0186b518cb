import Foundation
import TestSupport
import Testing

@testable import Events

/// Ways in which programs print secrets, one row each: `⟨…⟩` goes, all other bytes stay.
struct RedactFormsTests {
  static let hidden: [String] = [
    // By place: arguments, columns
    #"def run(): connect("bob", "⟨Kq7-plover-X2⟩", db="app")"#,
    #"print(aiohttp.BasicAuth("bot", "⟨Kq7-plover-X2⟩"))"#,
    #"db.auth("app", "⟨Kq7-plover-X2⟩")"#,
    "INSERT INTO users(email, password_hash, api_key) VALUES ('a@b.test', '⟨Kq7-plover-X2⟩', '⟨a1b2c3d4e5f6a7b8⟩');",
    "INSERT INTO `t` (`id`,`password`) VALUES (1,'⟨it''s-Kq7⟩'),(2,'⟨Other-Kq8⟩')",
    // Flags of programs
    "+ sqlcmd -S db -U sa -P ⟨Kq7-plover-X2⟩ -Q 'select 1'",
    "+ bcp t out f -S db -U sa -P⟨Kq7-plover-X2⟩",
    "+ ldapwhoami -D cn=svc -w '⟨Kq7-plover-X2⟩'",
    "+ docker --config /d -D login -u deploy -p '⟨Kq7-plover-X2⟩' r.test",
    "$ http -a bob:⟨Kq7-plover-X2⟩ GET http://h/",
    "Setting --http-password (httppassword) to ⟨Kq7-plover-X2⟩",
    "SSHPASS=⟨Kq7-plover-X2⟩ sshpass -e ssh h",
    "ENC_KEY=⟨76b9bb6ef0a14c2d9e8375aa01c4d2fe⟩", "wep_key0=⟨90c61d7f21⟩",
    "['--user', 'bob', '--password', '⟨Kq7-plover-X2⟩']",
    "[--password, ⟨Kq7-plover-X2⟩]",
    // Quotes that JSON escapes
    #"{"m":"$p = ConvertTo-SecureString \"⟨Pw-12345⟩\" -AsPlainText -Force"}"#,
    #"{"a":"{\"m\":\"$p = ConvertTo-SecureString \\\"⟨Pw-12345⟩\\\" -AsPlainText\"}"}"#,
    #"{"m":"curl -u\"bob:⟨Hunter2xyz⟩\" https://x"}"#,
    // Several spellings of bytes and lists
    "{User:bob Key:[⟨51 81 90 95 86 101 108 118 101 116⟩] Debug:true}",
    "main.Config{User:\"bob\", Password:[]uint8{⟨0x70, 0x6c, 0x6f, 0x76⟩}, Port:1}",
    #"url.Values{"client_secret":[]string{"⟨a1b2c3d4e5f6a7b8⟩"}, "grant_type":[]string{"x"}}"#,
    "Secret([⟨143, 13, 39, 94, 213, 136⟩])",
    // Names that are common, values that only chance makes
    "  key: ⟨C3uroj86CQsgUkXeydxuOoXidaiFI5UO⟩",
    #"{"encryption":{"keys":["⟨VJeaGpQawrkXXFkJLLJkPS4kX3paDAJ9⟩"],"key_id":"k-1"}}"#,
    "exchange code=⟨VBYQ9D1ajf74swfe538op4JN⟩ for a session",
    "oauth: code prefix: ⟨0.AXkAq9b2⟩... refused",
    // Columns, dots, tags
    "secret_id            ⟨289aa62d-7227-431f-ac84-2c4526d8c313⟩",
    "HikariConfig - password......................⟨Kq7-plover-X2⟩",
    "<tr><td>password</td><td class=\"code\"><pre>&#x27;⟨Kq7-plover-X2⟩&#x27;</pre></td></tr>",
    "<em>password</em> = '⟨Kq7-plover-X2⟩'",
    // Redis, LDAP, forms
    #"1795250492.6 [0 127.0.0.1:54760] "SETEX" "oauth:token" "60" "⟨v1fTcE1XYIwlpPVkIenFDE1R⟩""#,
    "127.0.0.1:6379> SETEX oauth:token 60 ⟨v1fTcE1XYIwlpPVkIenFDE1R⟩",
    #"1700.1 [0 127.0.0.1:1] "AUTH" "bob" "⟨Kq7-plover-X2⟩""#,
    "{'name': 'cn=admin', 'authentication': {'simple': '⟨Kq7-plover-X2⟩', 'sasl': None}}",
    "{'attribute': {'type': 'userPassword', 'value': ['⟨Kq7-plover-X2⟩']}}",
    // Text in quotes that holds a structure
    #"Response Body: "{\"env\": [{\"name\": \"DB_PASSWORD\", \"value\": \"⟨Kq7-plover-X2⟩\"}]}""#,
    // Escaped slashes within
    #"{"message":"generated ABSK⟨QjQoIiCTzUHMO2albd5oCboKZyW1LCTr1NHgdHOc\/wHodnVP608QZdWyiKWZDrrZB6dllZnGXmYvfm⟩"}"#,
    "password: !!binary ⟨cGxvdmVyLVFNanVTdU45V1Aj⟩",
    "CREATE USER a IDENTIFIED BY \"⟨Kq7-plover-X2⟩\" REPLACE \"⟨Kq6-plover-X1⟩\"",
    // The name in one element, the value in another; a type between name and value
    #"<saml:Attribute Name="apiToken"><saml:AttributeValue>⟨cQoGAksop1qVaxPREhF3SYXY⟩</saml:AttributeValue>"#,
    #"<Attribute Name="pinPassword" NameFormat="x"><AttributeValue type="s">⟨Kq7-plover-X2⟩</AttributeValue>"#,
    "SECRET_KEY<str> '⟨6HLSeYAZAN297zVxCxkozIZsV9LU3Ujy49xw3R/JcUU=⟩'",
    #"{"otp_entered": "⟨863727⟩"}"#, "SerialNumber=mfa%2Fanna&TokenCode=⟨320396⟩&Version=2011-06-15",
    "password=decrypt('⟨Kq7-plover-X2⟩')", "api_key=unwrap('⟨a1B2c3D4e5F6g7H8⟩')",
    // Two words make the name
    "using signing key ⟨fyBvlMJY4GjPTIrQJiYOzCDTMBgbkgRyk6k5ZI6WH10=⟩", "Your one-time code is ⟨482913⟩",
    "AES key (base64): ⟨4Ubc5hHs6rEPFws1Y4s8gSPSwj8ZPTfB/65/3kmYAfw=⟩",
    "cannot verify it with key ⟨jkYtJ7yurc1XSUKwszjII4wwaXF7kpfol2ywXyQT⟩: bad signature",
    // Flags whose value begins as a flag does
    "+ tool --token ⟨-qt8yCP1nmC0rs4⟩ --verbose", "[--password, ⟨-cactusQ3r7o6092⟩, --port, 80]",
    "[ '--password', '⟨Kq7-plover-X2⟩', '--port', '80' ]",
    // Bytes and sets as Node, Rust and Java print them
    "  secret: <Buffer ⟨58 54 6a 4d 69 31 78 56 52 35 6f⟩>,", "key <Buffer ⟨fa ec c3 a6 eb e9 d3 35 81 eb a1 df⟩>",
    "{ tokens: Set(1) { '⟨XTjMi1xVR5o94Cgh6IklIA7n53XqvZw3⟩' } }", "tokens={\"⟨Tl1uhctH225q3wPE9fK22cdwGX4k⟩\"}",
    "secret: [⟨48, 4d, fe, 21, 1b, 11, 0a, 0f, ae⟩]", "password=[⟨-, c, a, c, t, u, s, Q, 3, r, 7⟩]",
    "&c.password = \"⟨Kq7-plover-X2⟩\"", "{ username: 'bob', otp: '⟨118822⟩' }",
    // Arguments and tuples
    "\tmain::login(\"bob\", \"token\", \"⟨5VELr7rWgv4E8ibHlZxu4xCXDP06RUnK⟩\") called at a.pl line 3",
    "auth: ('bob', '⟨Walnut!pepper8144⟩')", "connect(c, \"⟨FCkEqzHqIXzhfsDz6RBW2rOsiIiMuhXI⟩\", \"db\")",
    // SQL
    "INSERT INTO users VALUES (1, 'bob', '⟨Kq7-plover-X2⟩', '⟨Zx8C9VHKHCmN0DrkrWL9vPdk8q3au0Sm⟩', 3)",
    "delete from t where api_token in ('⟨ms7qqF80TEX3ZJOb6mUZ⟩', '⟨ms7qqF80TEX3ZJOb6mUY⟩')",
    "SET PASSWORD FOR 'bob'@'%' = PASSWORD('⟨Kq7-plover-X2⟩')", "password | ⟨Magnet2247-vlQ⟩",
    "('SELECT a FROM t WHERE (t.\"api_token\" = ?)', ['⟨Pw8JzkZOZoDiXjxg7a01Hj0nyPTk4IZZ⟩'])",
    // Sentences
    "Reset token for bob: ⟨XTjMi1xVR5o94Cgh6IklIA7n53XqvZw3⟩", "otp for bob: ⟨551907⟩",
    "generated password ⟨3zS3BHVkotPZRAUh⟩ for bob", "deploy token issued: ⟨dpl_Tl1uhctH225q3wPE9fK22cdw⟩",
    "hook rotated; new secret ⟨hk_Zx8C9VHKHCmN0DrkrWL9vPd⟩",
    "[{'type': 'int_parsing', 'loc': ('api_key',), 'msg': 'Input should be a number', 'input': '⟨qIrg2fPnKnXmg6jK⟩'}]",
  ]

  @Test(arguments: hidden.filter { !$0.contains("ABSK") })
  func `each form hides its value and nothing else`(marked: String) throws { try Marked(marked).check() }

  @Test(arguments: [
    "secret=g('CS3'); raise ValueError('key rejected')", "api_key=load(\"main\")",
    "{'password': <Argument: password (p)>}", #"<input name="password" label="Password:"/></form>"#,
    "[ Authorization=Bearer ${bearer} | X-Request-Id=4be0643f ]", #"{"token":"IDENT","pos":4}"#,
    #"{"ExternalSecret":"shop/shop-secrets"}"#,
    "at /builds/w/s/R8QMJdgfwpsztyyuu0dBWaMF6S4fZpbCIV9fXpYRWkdQqiHHYDvT+x base64",
    "data:image/png;base64,iVBORw0KGgo/s/9OQCqyKHxgEo7gBpJZFiOWwcwOAEmNnpd9TmG+J4cNr5o8",
    "md5=erVokEfepkRMlEzx8dBJPw== sha256=a4505462ab849ce4defab62d58ff126a0ea0791b1a383e0f8af18837a5ca7839 size=959",
    "  --http-password=PASS        set http password to PASS",
    "usage: ansible-playbook [--private-key PRIVATE_KEY_FILE]",
    "--from-file=ssh-privatekey=path/to/id_rsa", "ciphers: HIGH:!aNULL:!PSK:!SRP:!CAMELLIA", "pw = pw + c",
    #"{"code":"ExpiredTradeInTokenException","key":"users/list/1","keys":["id","name"]}"#,
    #"{"key":"schema","value":{"values":[{"key":"password","value":{"values":[{"key":"type","value":{"stringValue":"string"}},{"key":"minLength","value":{"intValue":"12"}}]}}]}}"#,
    "curl -u bob:{{ db_password }} http://h/", "http://bob:*password*@h/",
    "credentials: pk_live_pOxKvoUMYTh6FwD4mjBTExqt",
    "INSERT INTO users(email, password) VALUES ($1, $2)",
    "INSERT INTO users(email, name) VALUES ('a@b.test', 'x1-Yz9-q')",
    "connect(\"db.test\", \"5432\", \"app\")",
    "WebSocket client connected: session=7e7b0f2a-5c1e-4b6d-8a3f-6a0f44f8a912",
    "<label>Password</label><span>Forgot?</span>", "send: 'AUTH LOGIN a2FpQGFjbWUudGVzdA==\\r\\n'",
    "Bad activity token: android.os.BinderProxy@2bd79ce",
    "Skipping token=AppWindowToken{9f4ef63 token=Token{a64f992 u0",
    "Adding job token for job_1445_0020 to jobTokenSecretManager", "stream/token: com.acme.activity/4505: stale",
    "on akka.tcp://sparkExecutorActorSystem@slave-07:55904", "termination for sessionid: 0x14ede63a5a70002",
    #"{"Sid":"AWSCloudTrailAclCheck","Action":"s3:GetBucketAcl"}"#,
    "debug1: server key: ssh-ed25519", "host key algorithms: ssh-ed25519-cert-v01@openssh.com,ssh-rsa",
    "Reset token for user: alice2023", "error code for key: 404", "key rotated: 2026-11-21",
    "token issued: 5f2c0c3e-1111-4222-8333-444455556666", "token created: ci-runner-west-production",
    "primary key id, foreign key user_id, cache key page:1",
    "+ tool --token -v --verbose", "+ tool --password -h", "  code: 'ERR_NON_2XX_3XX_RESPONSE',",
    "Credential=AKIAQ3EXAMPLE7ROOTA/20261121/US/s3/aws4_request,SignedHeaders=host", "Cred = <class 'app.Cred'>",
    "m = M(user=u, secret=conn.password)", "use auth=github.Auth.Token(...) instead", "def sync(self, password=0):",
    "INSERT INTO visits VALUES (1, 'Zx8C9VHKHCmN0DrkrWL9vPdk8q3au0Sm')", "key sizes: Set(2) { 128, 256 }",
    "REQUEST_COMPLETE [1] GET /threat_models/7/authorization -> 200 (91µs)",
    "user signed in: user=gwen method=password client_ip=203.0.113.9", "throttle: anon=60/min auth=10/min token=5/30s",
    "htpasswd -b .htpasswd bob \"$DB_PASS\"", "name | type | password rule",
    // As they stand in logs of PAM, of programs in Scala, of AWS, of sudo and of Windows
    "sudo:   bob : TTY=pts/0 ; PWD=/home/bob/filebeat-6.0.0-alpha1-linux-x86_64 ; USER=root ; COMMAND=/bin/ls",
    "System.Core, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089",
    #"{"TargetLogonSession":"S-1-5-21-1587066498-1489273250-1035260531-1106","session":"S-1-5-21-1587066498-1106"}"#,
    "chpasswd[30938]: pam_unix(chpasswd:chauthtok): user \"bob\" does not exist in /etc/passwd",
    "passwd[411]: pam_unix(passwd:chauthtok): password changed for bob",
    "dovecot: auth: passwd-file(bob@mail.example,203.0.113.9,<9dKz1w>): Password mismatch",
    "dovecot: auth: passwd-file(bob,203.0.113.9): unknown user",
    "  at kafka.controller.ReplicaStateMachine$$anonfun$handle$1$$anonfun$apply$mcV$sp$1.apply$mcV$sp(R.scala:374)",
    #"{"requestID":"SecretDeleteMessage:arn:aws:secretsmanager:us-east-1:123456789012:secret:shop-19-0HEVow:x"}"#,
    #"{"policy":"{\n \"Resource\": \"arn:aws:secretsmanager:*:*:secret:rds-sqlserver-ssrs!*\"\n}"}"#,
    "SELECT md5('x'), length('password')", "row['password'] = x['a-1b2C3d4E']", "fields: ['password', 'name', 'token']",
    "    --- PASS: TestLoginRateLimit (0.02s)",
    #"{"level":"WARN","msg":"Expired client credential: client_id=tmi_cc_77ab10, expires_at=2027-05-01"}"#,
  ])
  func `what only looks like one of them stays`(line: String) throws {
    #expect(try RedactTests.redact(line) == line)
  }

  /// Lines of one source. A value may stand on a later line than its name.
  static let blocks: [[String]] = [
    ["    api_key: Some(", "        \"⟨Tl1uhctH225q3wPE9fK22cdwGX4k⟩\",", "    ),"],
    ["[{'name': 'DB_PASSWORD',", "  'value': '⟨Kq7-plover-X2⟩',", "  'from': None}]"],
    ["password", "  Input should be a number [type=int, input_value='⟨Kq7-plover-X2⟩', input_type=str]"],
    // What was shown under a name is known from then on.
    ["login password=⟨Kq7-plover-X2⟩", "argv: bob ⟨Kq7-plover-X2⟩", "| bob | ⟨Kq7-plover-X2⟩ |"],
    [#"{"api_key":"⟨qIrg2fPnKnXmg6jKnj4EhH9GdAzd7Y⟩"}"#, "", "    [2] => ⟨qIrg2fPnKnXmg6jKnj4EhH9GdAzd7Y⟩"],
    ["    - name: DB_PASSWORD", "      value: ⟨Kq7-plover-X2⟩", "    - name: PORT", "      value: 8080-a"],
    [#"  "name": "API_TOKEN","#, #"  "sensitive": false,"#, #"  "value": "⟨a1b2c3d4e5f6a7b8⟩""#, "}"],
    [
      #"  "password": {"#, #"    "type": "string","#, #"    "value": "⟨Kq7-plover-X2⟩""#, "  }",
      #"  "value": "plain-1""#,
    ],
    [#"  ["password"]=>"#, #"  string(14) "⟨Kq7-plover-X2⟩""#, #"  ["port"]=>"#, "  int(3306)"],
    [#"  ["api_key":protected]=>"#, #"  string(16) "⟨a1b2c3d4e5f6a7b8⟩""#],
    ["<key>password</key>", "<string>⟨Kq7-plover-X2⟩</string>", "<key>port</key>", "<string>8080-a</string>"],
    ["  <td>csrfmiddlewaretoken</td>", "  <td class=\"code\"><pre>&#x27;⟨a1b2c3d4e5f6a7b8⟩&#x27;</pre></td>"],
    [#"   "--db-password","#, #"   "⟨Kq7-plover-X2⟩","#, #"   "--port","#, #"   "8080-a","#],
    ["keys:", "  - ⟨VJeaGpQawrkXXFkJLLJkPS4kX3paDAJ9⟩", "  - ⟨3m2asI3zg9M9vlHehzYXXtZPiUFGrFRo⟩", "port: 8080"],
    [#"  "tokens": ["#, #"    "⟨VJeaGpQawrkXXFkJLLJkPS4kX3paDAJ9⟩""#, "  ],", #"  "name": "x1-Yz9-q8""#],
    [" 'tokens': ['⟨q9XwZ3LmT8vRk2NfB5yHd0Jc⟩',", "            '⟨cJ0dHy5BfN2kRv8TmL3ZwX9q⟩'],", " 'n': 'x1-Yz9-q8']"],
    ["secret: |", "  ⟨utwgXUalJs8fKAGiZhb3qNzsaG8e5pos3y⟩", "port: 8080"],
    ["name,username,password", "db,app,⟨Kq7-plover-X2⟩", "done at 10:00"],
    [" id | email | password ", "----+-------+----------", "  1 | a@b   | ⟨Kq7-plover-X2⟩", "(1 row)"],
    ["│ name    │ password         │", "├─────────┼──────────────────┤", "│ 'db'    │ '⟨Kq7-plover-X2⟩' │"],
    [
      "INFO INSERT INTO users (email, api_key, n) VALUES (?, ?, ?)",
      "INFO [generated in 0.00014s] ('a@b.test', '⟨Kq7-plover-X2⟩', 9)",
    ],
    [
      "LOG:  execute s: UPDATE users SET password = $2 WHERE id = $1",
      "DETAIL:  parameters: $1 = '42', $2 = '⟨Kq7-plover-X2⟩'",
    ],
    [
      "DEBUG o.h.SQL - update users set password=? where id=?",
      "TRACE o.h.jdbc.bind - binding parameter (1:VARCHAR) <- [⟨Kq7-plover-X2⟩]",
      "TRACE o.h.jdbc.bind - binding parameter (2:BIGINT) <- [4711]",
    ],
    [
      "==>  Preparing: insert into users (name, password) values (?, ?)",
      "==> Parameters: bob(String), ⟨Kq7-plover-X2⟩(String)",
    ],
    ["DEBUG Col ('id', 'api_key')", "DEBUG Row (1, '⟨Kq7-plover-X2⟩')", "DEBUG Row (2, '⟨Kq8-plover-X2⟩')"],
    ["reply: b'334 UGFzc3dvcmQ6\\r\\n'", "send: '⟨bTlpIVZlbHZldDU3IWZkWg==⟩\\r\\n'", "reply: b'235 ok\\r\\n'"],
    [
      "headers = {'Authorization': 'Bearer ⟨eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIi⟩",
      "           ⟨OiAiNDIiLCAiZXhwIjogMTkwMDAwMD.C3We7BX62APDxab9hQMePMmJnYC3L4⟩',", "           'Accept': 'x'}",
    ],
    [
      "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JSUV2Z0lCQURBTkJna3Foa2lHOXcwQkFRRUZB",
      "⟨QVNDQktnd2dnU2tBZ0VBQW9JQkFRQ215V0xBTEpMVUswdXEKNHB0bEpkejZMRmh0R28vRVFzb2tQ⟩", "done",
    ],
    [
      "⟨l+wByMq3WjcSpaoZquHR2MWJNdtw2MzgqC+eva2FGsljYpPYylBWxkCpPYY9s9U2⟩",
      "⟨TCG9QLSN1bbGRuX4xDEj1v9XehZcr23INDHqztzl+0k+C38/7ReaI0sG3s0K9JWk⟩", "⟨NdhjmArQwvZ/0CECbseTxw==⟩",
      "-----END PRIVATE KEY-----", "listening on 8080",
    ],
  ]

  @Test(arguments: blocks)
  func `a value on a later line than its name is hidden`(lines: [String]) throws {
    let marked = lines.map(Marked.init)
    let (text, _) = try RedactTests.block(marked.map(\.line).joined(separator: "\n") + "\n", ending: .final)
    let output = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    try #require(output.count == lines.count)
    for (line, row) in zip(output, marked) where !row.line.hasPrefix("LS0t") { row.expect(line) }
    let (again, _) = try RedactTests.block(text, ending: .final)
    #expect(again == text, "a second pass changes nothing")
  }

  @Test(arguments: [
    ["Enter password:", "Login failed for bob at 10.0.0.1"],
    ["    - name: PORT", "      value: x1-Yz9-q8"],
    ["password,", "and more words, of a sentence-1"],
    ["a4505462ab849ce4defab62d58ff126a0ea0791b1a383e0f8af18837a5ca7839", "listening on 8080"],
    ["UPDATE t SET password = $1", "SELECT md5('x1-Yz9-q8')"],
    [#"{"q":"UPDATE t SET password = ?"}"#, #"{"required":["password","token"]}"#],
    [" name | setting ", "------+---------", " ssl  | x1-Yz9-q8"],
    [
      #"["passwords"]=>"#, "array(1) {", #"  ["users"]=>"#, "  array(1) {", #"    ["expire"]=>"#, "    int(60)", "  }",
      "}",
    ],
    ["'passwords' => ", "array (", "  'users' => ", "  array (", "    'expire' => 60,", "  ),", "),"],
  ])
  func `other lines that follow a name stay`(lines: [String]) throws {
    let (text, _) = try RedactTests.block(lines.joined(separator: "\n") + "\n", ending: .final)
    #expect(text == lines.joined(separator: "\n") + "\n")
  }

  // MARK: - Properties

  /// Values of the same shape in place of the ones above: whatever they are, no such value stays, the rest
  /// does, a second pass changes nothing, and JSON stays JSON.
  @Test func `no planted value stays, whatever it is`() throws {
    var random = SeededGenerator(seed: 23)
    let redactor = try Self.redactor
    // A value that stands on the line twice would become two.
    let rows = (RedactTests.hidden + Self.hidden).filter { row in
      let values = row.matches(of: /⟨([^⟩]*)⟩/).map(\.1)
      let rest = row.replacing(/⟨[^⟩]*⟩/, with: "")
      return Set(values).count == values.count && !values.contains { rest.contains($0) }
    }
    try #require(rows.count > 60)
    for round in 0..<2000 {
      let row = rows.randomElement(using: &random)!
      var isInside = false
      var values: [String] = []
      var line = ""
      // Digits, capitals and small letters change among themselves; the shape and all marks stay.
      for character in row {
        if character == "⟨" {
          isInside = true
          values.append("")
        } else if character == "⟩" {
          isInside = false
        } else if isInside, let byte = character.asciiValue, isLetter(byte), !row.contains("\\u"),
          !row.contains("BEGIN"),
          !row.contains("4/0A"), !row.contains("dXNl"), !row.contains("cGxv"), !row.contains("0x"),
          !row.contains("<Buffer"), !row.contains("secret: [")
        {
          let new = Character(UnicodeScalar(UInt8.random(in: 0..<26, using: &random) + (isUpper(byte) ? 0x41 : 0x61)))
          values[values.count - 1].append(new)
          line.append(new)
        } else {
          if isInside { values[values.count - 1].append(character) }
          line.append(character)
        }
      }
      let output = redactor.redact(line)
      for value in values where value.utf8.count >= 6 {
        #expect(!output.contains(value), "seed 23, round \(round): \(line)\n→ \(output)")
      }
      #expect(redactor.redact(output) == output, "seed 23, round \(round): \(line)")
      if let before = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] {
        let after = try? JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
        #expect(after.map { Set($0.keys) } == Set(before.keys), "seed 23, round \(round): \(output)")
      }
    }
  }

  private static var redactor: Redactor { get throws { try Redactor(RedactionOptions()) } }

  @Test(arguments: [
    (#"{"a":"#, "too_long"), ("password=Kq7-plover-X2 ", "too_long"),
    (#"{"password":"Kq7-plover-X2","x":"#, "too_long"),
  ])
  func `a line over the limit goes on as a record of its own, without a byte of it`(start: String, reason: String)
    throws
  {
    let line = Array(start.utf8) + Array(repeating: UInt8(ascii: "z"), count: Limits.lineBytesMax)
    let output = try Self.redactor.redact(String(decoding: line, as: UTF8.self))
    let record = try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
    #expect(record["reason"] as? String == reason && record["bytes"] as? Int == line.count)
    #expect(!output.contains("plover") && !output.contains("zz"))
    guard start.contains("password") else { return }  // In a block a line without a cue is only copied.
    let (block, consumed) = try RedactTests.block(String(decoding: line, as: UTF8.self) + "\nnext\n")
    #expect(block == output + "\nnext\n" && consumed == line.count + 6)
  }

  @Test func `a text nested too deep is hidden whole`() throws {
    var text = #"{"password":"Kq7-plover-X2"}"#
    for _ in 0..<(Limits.nestedStringDepthMax + 4) {
      let quoted = String(decoding: try JSONSerialization.data(withJSONObject: [text]), as: UTF8.self)
      text = "{\"password_log\":\(quoted.dropFirst().dropLast())}"
    }
    let output = try Self.redactor.redact(text)
    #expect(!output.contains("plover"), "\(output)")
    #expect((try? JSONSerialization.jsonObject(with: Data(output.utf8))) != nil)
  }

  @Test(arguments: [
    "INSERT INTO t(password) VALUES (", "code=", "Col ('password',", "password....", "keys: [", "connect(\"a\", ",
    "\", line ", "\", line {\"a\":1} ", "echo '", "\u{1B}[1m", "\\x22", "\"SET\" \"otp:", "('a", "('a', ", "(\\'a\\', ",
    "['a', 'b', ", "('a', 'Kq7!plover-X2', ", " -p x", "htpasswd -b ", "radtest ", "your code is ", "pass show ",
    "[users]",
    "f(\"a\", \"Kq7!plover-X2\") ", "password=Kq7-plover-X2 {x ",
  ])
  func `a line of nothing but beginnings ends, and hides what it could not read`(piece: String) throws {
    let line = String(repeating: piece, count: 4_000_000 / piece.utf8.count) + " password=Kq7-plover-X2"
    #expect(try !Self.redactor.redact(line).contains("plover"))
  }

  // MARK: - Fields and values of the configuration

  @Test(arguments: [
    (#"{"user":{"ssn":"abc","name":"x"},"ssn":"d"}"#, #"{"user":{"ssn":"[REDACTED:field]","name":"x"},"ssn":"d"}"#),
    (#"{"user":{"SSN":12}}"#, #"{"user":{"SSN":"[REDACTED:field]"}}"#),
    (#"{"user":{"ssn":{"a":[1,"}"]},"b":1}}"#, #"{"user":{"ssn":"[REDACTED:field]","b":1}}"#),
    (#"{"user":[{"ssn":"abc"}]}"#, #"{"user":[{"ssn":"[REDACTED:field]"}]}"#),
    (#"{"log":"{\"user\":{\"ssn\":\"abc\"}}"}"#, #"{"log":"{\"user\":{\"ssn\":\"[REDACTED:field]\"}}"}"#),
    (
      #"{"debug":{"password":"Kq7-plover"},"password":"Kq7-plovex"}"#,
      #"{"debug":{"password":"Kq7-plover"},"password":"[REDACTED:password]"}"#
    ),
  ])
  func `fields that the configuration names are hidden or kept`(line: String, expected: String) throws {
    let change: (inout RedactionOptions) -> Void = {
      $0.hiddenFields = ["user.ssn"]
      $0.keptFields = ["debug.password"]
    }
    #expect(try RedactTests.redact(line, change) == expected)
    #expect(try RedactTests.redact(expected, change) == expected)
  }

  @Test(arguments: [
    ("password=changeit1", "password=changeit1"), ("password=test-token-77", "password=test-token-77"),
    ("password=changeit12", "password=[REDACTED:password]"), ("password=x-9test", "password=x-9test"),
  ])
  func `values that the configuration allows stay`(line: String, expected: String) throws {
    #expect(try RedactTests.redact(line) { $0.allowed = ["changeit1", "test-token-*", "*9test"] } == expected)
  }

  @Test(arguments: ["*", "", "a*b"])
  func `an allowed value that says nothing is refused`(text: String) {
    #expect(throws: Problem.self) { try RedactTests.redact("x") { $0.allowed = [text] } }
  }

  @Test(arguments: [
    "from ⟨bob@example.org⟩ to x", "<⟨bob.smith+x@mail.example.co.uk⟩>", #"{"to":["⟨a@b.io⟩","⟨c@d.io⟩"]}"#,
    "GET /u?email=⟨bob%40example.org⟩&x=1", #"{"m":"hi \"⟨bob@example.org⟩\""}"#, "⟨jürgen@müller.de⟩ logged in",
    #"{"mail":"⟨bob\u0040example.org⟩"}"#, "user=⟨bob@example.org⟩ ok",
  ])
  func `no address stays where none may be stored`(marked: String) throws {
    let plain = marked.replacing("⟨", with: "").replacing("⟩", with: "")
    let expected = marked.replacing(/⟨[^⟩]*⟩/, with: "[REDACTED:email]")
    #expect(try RedactTests.redact(plain) { $0.emails = .mask } == expected)
    #expect(try RedactTests.redact(plain) == plain)
  }

  @Test(arguments: [
    #"{"user":"⟨alice⟩","n":1}"#, #"{"userName":"⟨alice b⟩"}"#, #"{"user":{"id":7,"name":"⟨alice⟩"}}"#,
    #"{"actor":{"login":"⟨al⟩"},"name":"api"}"#, #"{"user.name":"⟨alice⟩"}"#, "level=warn user=⟨alice⟩ ip=10.0.0.1",
    #"login failed username="⟨alice b⟩" x"#, #"type=USER_LOGIN acct="⟨alice⟩" exe="/x""#,
    "Failed password for ⟨alice⟩ from 10.0.0.1 port 22 ssh2", "Failed password for invalid user ⟨bob⟩ from 10.0.0.1",
    "Accepted publickey for ⟨alice⟩ from 10.0.0.1", "pam_unix(sshd:session): session opened for user ⟨alice⟩(uid=0)",
    "user ⟨alice⟩ from 10.0.0.1 denied", #"{"msg":"login failed for user ⟨alice⟩"}"#,
    #"{"log":"{\"user\":\"⟨alice⟩\"}\n","stream":"stdout"}"#,
  ])
  func `names of users follow the privacy setting`(marked: String) throws {
    let plain = marked.replacing("⟨", with: "").replacing("⟩", with: "")
    let expected = marked.replacing(/⟨[^⟩]*⟩/, with: "[REDACTED:user]")
    #expect(try RedactTests.redact(plain) { $0.users = .mask } == expected)
    #expect(try RedactTests.redact(plain) == plain)
    let pseudonym = try RedactTests.redact(plain) {
      $0.users = .pseudonym
      $0.key = [UInt8](repeating: 7, count: 32)
    }
    #expect(
      pseudonym.replacing(/:h:[0-9a-f]{8}:[0-9a-f]{16}\]/, with: "]") == expected
        || marked.contains("⟨al⟩") && pseudonym == expected)
  }

  @Test(arguments: [
    "user not found", #"{"user_agent":"curl/8.5.0","user_id":"u_7","name":"api"}"#, "user agent is old",
    #"{"user":null}"#,
    "creating user accounts took 3 ms", #"{"user":7,"service":"auth"}"#, "GET /users/7 200",
  ])
  func `what is no user's name stays`(line: String) throws {
    #expect(try RedactTests.redact(line) { $0.users = .mask } == line)
  }

  @Test func `mask hides an address, pseudonym keeps it countable`() throws {
    let key = [UInt8](repeating: 7, count: 32)
    func redact(_ privacy: RedactionOptions.Privacy) throws -> String {
      try RedactTests.redact("from bob@x.org") {
        $0.emails = privacy
        $0.key = key
      }
    }
    #expect(try redact(.mask) == "from [REDACTED:email]")
    #expect(try redact(.pseudonym).wholeMatch(of: /from \[REDACTED:email:h:[0-9a-f]{8}:[0-9a-f]{16}\]/) != nil)
  }

  @Test(arguments: [
    (
      "[\n  {\"id\": \"a\", \"starts\": [\"abc\"], \"then\": \"\"},\n  {\"id\": \"b\"}\n]", "my.json:3:3",
      "'starts' is missing"
    ),
    ("[\n  {\"id\": \"a\", \"starts\": [\"abc\"], \"then\": \"[a-z\"}\n]", "my.json:2:3", "cannot read the pattern"),
    ("{\n  \"id\": 7\n}", "my.json:2:9", "'id' is a text in quotes"),
    ("{\n  \"id\": \"a\", \"start\": []\n}", "my.json:1:1", "'starts' is missing"),
    ("[{\"id\": \"a\", \"starts\": [\"abc\"], \"then\": \"\", \"nears\": []}]", "my.json:1:45", "unknown key 'nears'"),
  ])
  func `a broken pattern of the user's is shown with its line`(json: String, place: String, what: String) {
    let problem = #expect(throws: Problem.self) {
      try RedactTests.redact("x") { $0.extraPatterns = [PatternFile(name: "my.json", text: json)] }
    }
    #expect(problem?.place == place)
    #expect(problem?.what.contains(what) == true, "\(String(describing: problem))")
  }

  @Test func `a pattern of the user's is held against its own samples`() throws {
    var options = RedactionOptions()
    options.extraPatterns = [
      PatternFile(
        name: "my.json",
        text:
          #"[{"id": "a", "starts": ["mytok_"], "then": "[a-z]{8}", "matches": ["mytok_short"], "ignores": ["mytok_abcdefgh"]}]"#
      )
    ]
    let problems = try Redactor.checkSamples(options)
    #expect(problems.map(\.place) == ["my.json:1:2", "my.json:1:2"])
  }
}

/// A line in which `⟨…⟩` marks what must be hidden.
struct Marked {
  let line: String
  private let pieces: [Substring]

  init(_ marked: String) {
    var line = ""
    var pieces: [Substring] = []
    var rest = marked[...]
    while let open = rest.firstIndex(of: "⟨"), let close = rest.firstIndex(of: "⟩") {
      pieces.append(rest[..<open])
      line += rest[..<open] + rest[rest.index(after: open)..<close]
      rest = rest[rest.index(after: close)...]
    }
    pieces.append(rest)
    self.line = line + rest
    self.pieces = pieces
  }

  func check() throws {
    let output = try RedactTests.redact(line)
    expect(output)
    #expect(try RedactTests.redact(output) == output, "a second pass changes nothing")
  }

  /// What stays is there in order, with markers between and nothing else.
  func expect(_ output: String) {
    var from = output.startIndex
    for (index, piece) in pieces.enumerated() {
      if index > 0 {
        guard let marker = output[from...].prefixMatch(of: /"?\[REDACTED:[a-z0-9_]+\]/) else {
          Issue.record("no marker: \(output)")
          return
        }
        from = marker.range.upperBound
        if marker.output.hasPrefix("\""), output[from...].hasPrefix("\"") { from = output.index(after: from) }
      }
      guard output[from...].hasPrefix(piece) else {
        Issue.record("changed: \(output)")
        return
      }
      from = output.index(from, offsetBy: piece.count)
    }
    #expect(from == output.endIndex, "\(output)")
  }
}
