/// How rare four neighbouring bytes are in logs: a model of pairs of bytes.
///
/// Counted in equal parts over the samples of the formats, the public corpora of the five systems, and
/// generated JSON logs with and without secrets. It only has to tell `ssw` from `ion`.
enum ByteRarity {
  /// Bits of surprise of seeing `bytes` one after the other in running text, letters without case.
  static func bits(_ bytes: some Sequence<UInt8>) -> Float {
    var last = start
    var thirds = 0
    for byte in bytes {
      let number = Int(classes[Int(byte)])
      // All digits are one class; a given one is a tenth of it.
      thirds += Int(table[last * classCount + number]) + (number == digit ? 10 : 0)
      last = number + 1
    }
    return Float(thirds) / 3
  }

  /// Whether all of `bytes` stands within a word that nearly every log is full of, which pairs of bytes
  /// cannot tell: `vice` is rare but for `service`.
  static func isEveryday(_ bytes: FewBytes) -> Bool {
    bytes.count >= 3 && everyday.contains(FewBytes(bytes.lazy.map(lower)))
  }

  private static let everyday: Set<FewBytes> = {
    var parts: Set<FewBytes> = []
    for word in words.split(whereSeparator: \.isWhitespace) {
      let bytes = Array(word.utf8)
      for length in 3...4 where bytes.count >= length {
        for start in 0...(bytes.count - length) { parts.insert(FewBytes(bytes[start..<(start + length)])) }
      }
    }
    return parts
  }()

  private static let words = """
    access account action address agent api/v1 app application bytes client cluster code completed connection
    container content controller correlation count created database debug default deleted deployment docker
    download duration environment error event exec failed failure false finished format from function group
    handler header host hostname http:// https:// image index info inserted instance invoice items job kubernetes
    latency level limit load logger message metadata method module name namespace network node null number object
    operation order organization page parent password path payload pending percent period pod policy port process
    product production profile project provider public query queue reason received record region remote replica
    request resource response result retry role rows running schedule select server service session settings size
    source span started state status stderr stdout stream success target task tenant test thread time timestamp
    token total trace transaction true type update upload uptime usage user username value version warning webhook
    where with worker workload
    """

  private static let digit = 26
  private static let classCount = 61
  /// The row of a byte whose neighbour is not known; behind it stands a row for each class.
  private static let start = 0

  /// Letters, digits, the marks of ASCII in their order, and all else.
  private static let classes: [UInt8] = {
    let marks = Array(##" !"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"##.utf8)
    return (0...255).map { (byte: Int) -> UInt8 in
      let byte = lower(UInt8(byte))
      if isLetter(byte) { return byte - 0x61 }
      if isDigit(byte) { return 26 }
      return marks.firstIndex(of: byte).map { UInt8(27 + $0) } ?? 60
    }
  }()

  /// For each class before, a row of the surprise of each class behind it, in thirds of a bit from `#` up.
  private static let table: [UInt8] = rows.utf8.compactMap { $0 < 0x23 ? nil : $0 - 0x23 }

  private static let rows = """
    1743/7672>:44334922148:4:;*1T-IIJIC@@GC35561CF>EFD>9?<8O9H9Y:
    74/1960A1A>/.1C/B/2+0:9>5<.=T.TPITRTRTFK9:7=MTGNLBTATTGTTTRTT
    -222/2752833=82<==8:1=;;.=(6N3JJIFJ;EN@D283?JNGNNA>=FN?NNNNMA
    .625+6?06:026>+7@3903=?@:?,5Q4QQMOQ@HPEH688?NMHQQOQ@AQ:QQQPPJ
    1451,68?47@57?3>?58=0@>?7@,0K)QQNE?A=PE;5:=6IQ7GMDE4>Q3NQDKQ6
    252/97:D;DC04/?7/,,0;1738F12S-VVOFGABVI<778>>V9FJHK9BV5VVVHUA
    ,33322=>.==:<<*;;3:85===8=)6M5NNEG8KCNBF47:;NMNNHMN<FN?NNNKN=
    3=8<)=38,>=4;8/>=33784==<<61N*NNJNCIBNBD<569DN8NNGN6?N7NNNNN<
    /6=9,=>;8=<=;=)::2;+7=:=;744K,NNLMNCDNAG771>NN;J:IN8HN9NNNJN=
    77/,187B:;7.-*-0B620>8>=@57?S:SSLKOSSSFN9:5DRSISJ?S@SS>MSRSRL
    +766,461254356-445-4443752.EG7GGEEGDGG:G?E<CGGBGGCG;GG?GGGGGD
    0::8'970-::88814:;19496:::11J2KKGAI;DK>F@<8;EK@BCE@<:K6KKKKK5
    0<:9(6??,@?/;8-?>@341;;>;?96P,QQOIKIIQD4<@6;IP;8NIQ8BQ8QQQAPB
    0:<:';?=1<@7:>.,??+:==??:=55K3PPHHGJKPD@=76<MP>PJE;>HP8MPPPO:
    .?52.//?0>=;?32:@;1+35@?><5-M.RRECC=CRD>8859?R9L<ME6AR0RRRER<
    854.<9/B8904.*35?,/1275>?6:6R1RRKPRJ:REM9995QRKRNRB??RBRRRRQH
    ,==80?94.?=.6>-/@1214?>;1<79P,JPJGCDPPDJ541:IO;PIC;;AP9PPPDPB
    :<;:;:8:9::0::;:;:;:%;::9;2EK+KKGBKKKJ?KC;@HHK6KKJK:FK=KKKKJK
    .;52)>7?0A6592.<A11350:A4A82O/FSPGNA?SGC88:8PS:MSIS:>S1OSSAS?
    2A6A*>042A<=<A6385/)9>7B9A;3S,SSGHL@<SG?8518NS>SAHL9BS8FSSLS:
    .B78,>;-,DB:8921B0402=>?4A0/M.KTIJG=;TGD5<78IT<IQLQ9?T0TSTGT@
    26:7)@5@7@@182?4@-*,>=?6<:78PGPPNPIPPPDP9NCPMPCPPOPEPP2PPPPPP
    ,:6;'<<<+<9:<<9<<<;<8<<8;<-8M;MMLLHFMMAM?K/CLMD@MMMAMMHMMMMLM
    )798+693099861,894.6::59982?J9JJDHE8CJ?=5C6GHJ=JJEJ<@I9GJJJHJ
    4=5@8?@<9??@?9?6>>=5@<@$?@27Q:QQDJLQ9QDM5>@MIQPQQKQ@MQ>QQQKQ>
    787;78::53:5148.;;3*;:67:820K*KKFHGDFJ?<3669BK8GKB?0>K3KKKKJ=
    0776-998-9688849896899847924I'JJHDJJJJ=J?H;JIJCJ6GJ7JJDJJJJI=
    555555BB@BBA=@BABB?6BBBAB7%4V1ITJKHO=S>21/81>YQHNL[=;Y>TYM9[@
    17/630742@?25644C3344;67DE-+S,B<DP93S>=P2J4BGC:PMD52G<>D7;HS;
    6646665565666566665665666501/6666516666666665666626566666666.
    17445;764><219:3<1022:8=II08X=XIKXHUHFW+@K6(V>OTX<CD?XAX?X2X@
    9<0<<<<<<<<<<<<6<<<6<<<<<<%-<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<
    ==7/====5=9==7====65====9=%=======================;:====3====
    5848<<<<<<<<<<<6<<<<<<<<<6&6<8<<0<:,<<<<<<<<<<<<<<<:<<<<<<<<<
    3<3<4563;;81;<:+95/:6<<3<<<<<<'<<<<<<<<<<<<<<<<;<<<<<<<<9<<<<
    2<:93;52;BB<A355>9+=<BA<AA3.B-B<ABBB<BB6B9-1.B;-B5B78BBB=B@B2
    472939E8-E,7/25481267EE+EE-BE9E3?EBE.2EEE@3EEEEEEE@6EEBBBEEE6
    EEEEEEEEEEEEEEEEEE5EEEEEEEE'E-EEEEE@BEE:E:E-@=BEEAB+1EEEEEEE,
    ,?1?9?????-==?9???1??:???=.7?-????=??*??==-/<????6?5?????????
    66566666655655656566565676%BB@BBBBBBBB8BBB:BBBBBBBB<BBBBBBBBB
    RRDRRRRRHRRRRRRRRRRRRRRDRR4+R$RLRFMRRRRR=RRRRRRRRQE3RRRR8RRR?
    15383577;?<;::=3@556=?7=FA%.N7OOOOOOONOC4OEOOOO;OOL>OOKOOOOOL
    3<3:3A5<87;65<;3A6:9D5=CNF$<OCPPOPNGEPOPP5EPMOPKPMPIPP=PPPPO;
    -424485579@03640A6.04/7<CA)4N7NNNN:IN=DND55DCNNN<KN9NNBLNNNN;
    ?HGDC@EFCKPAD=KDPFC=CGOQPL(,T'TTTDRPTCQTET;>TGTTTT65TTFT.TTT>
    ;07A81=BBBBBB;98B;7?;=;9BB-%B;BBB9BBBBB7BBB2BBBBBBBBBBBBBB5BB
    ,??????:4??:0&???95???2?;?-7?????>????????5???:??????????????
    082436591@A6=>:3A7373A67D@)-G,GG?G6CGGCGAA5GF5.?:G733GCG;GGG?
    8>@@@@@@@@?@@3??@?<@@@@@@@0)@%@@@@>@5@@?@@@3@9@@@<@8@@@@@@@@@
    2?4?<???9<6;?*=5+;0+,879???2?6????;?;??8???????????8??????:?2
    A2/-3@5A4@4.-8@9A:2)A-A4@A2<AAAAAA5AAAAAA@AAAAAAAAAAAAAAAAAAA
    355G39:A49C81174F5427G7GGG&GG.GGGG>GGGGG?GGGGGGGGG?<1GGG.GGGG
    LLLLLLLLLLLLL,LLL>L6:LL:LLLLL$LLLFLLLLLLLL7LLLLLLLL/LLLLLLLLL
    FFFFFFFFFFFFFFFFFFFFFFFFFFF&F/FFFFFF<FF*FAF2FFFFF@7:2FFFFF-F0
    IIIIIIIIIIGGIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIII4I#IIIIII5
    /81866:4'E78,1>5@22137:FDD-GM@MMMMMJMLMMJJM@MMMMMMMAMM5MMMMM>
    287588888688488*8788388888818888888858838+8088888888888888885
    ELIFLLLK@LLLKK?KLLIK;LLLLJE@L#LLL?>LLLLLLLDLLLLLLLL2LLLLAL5L@
    <<<======<===<=;==;=======0%=0===========================0===
    LLLLLLLKLLLLLLLLLLLLLLLLLLG=L5LLLLHLFLL)LLLGDLLLLLL63LLL?L(L'
    5554545555554355554445443535555555555555555555555555555555555
    5G;:5>=>1KK:>9G8KG55D>5KKK-.K<KKKKK<KKKKF>;KK:DJKK.KKKKK&K;K.
    """
}

/// Up to four bytes, as a window has them.
struct FewBytes: Hashable, Sequence {
  private var bytes: UInt32 = 0
  private(set) var count = 0

  init() {}
  init(_ some: some Sequence<UInt8>) { for byte in some { append(byte) } }

  mutating func append(_ byte: UInt8) {
    precondition(count < 4)
    bytes |= UInt32(byte) << UInt32(8 * count)
    count += 1
  }

  func makeIterator() -> some IteratorProtocol<UInt8> {
    (0..<count).lazy.map { UInt8(truncatingIfNeeded: bytes >> UInt32(8 * $0)) }.makeIterator()
  }
}
