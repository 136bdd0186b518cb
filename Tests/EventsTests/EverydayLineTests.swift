import Testing

@testable import Events

/// An anchor that everyday lines hold makes the collector read them all; no other test would notice.
struct EverydayLineTests {
  /// What logs are full of: none of these lines is worth a second look.
  static let everyday = [
    #"{"time":"2026-11-21T05:00:00.000Z","level":"info","msg":"request completed","method":"GET","path":"/v1/items/7","status":200,"duration_ms":3.25,"ip":"198.51.100.7","ua":"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101"}"#,
    #"{"level":30,"time":1795237200000,"pid":17,"hostname":"web-1","req":{"method":"POST","url":"/api/orders"},"res":{"statusCode":201},"responseTime":12,"msg":"request completed"}"#,
    #"{"level":"info","ts":1795237200.125,"caller":"cache/cache.go:88","msg":"cache hit","key":"item:7","size":512}"#,
    #"{"level":"debug","ts":1795237200.125,"caller":"sql/rows.go:12","msg":"query returned 42 rows","elapsed":"1.2ms"}"#,
    #"{"severity":"INFO","message":"Processed 120 messages from queue orders in 45 ms","logger":"worker"}"#,
    #"{"severity":"INFO","message":"Sent mail to 3 recipients","logger":"mailer","template":"weekly-report"}"#,
    #"{"level":"info","msg":"request completed","request_id":"28092fabf2d2a8b7021ea0e2d3cc9137","span":"0c4edb4fa2fa1d02"}"#,
    #"{"level":"info","msg":"user viewed page","user":"alice","page":"/reports","total":12}"#,
    #"{"level":"info","msg":"document reviewed","by":"bob","comments":4}"#,
    #"{"level":"info","msg":"order 4711 paid","amount":"12.50","currency":"EUR","customer":"c-9"}"#,
    #"{"level":"info","msg":"job finished","job":"thumbnails","took":"4.1s","items":118,"errors":0}"#,
    #"{"level":"warn","msg":"slow request","path":"/search","duration_ms":2204}"#,
    #"{"level":"warn","msg":"retrying in 2s","attempt":1,"target":"https://api.example.com/rates"}"#,
    #"{"level":"info","msg":"feature flag turned on","flag":"new-editor"}"#,
    #"{"level":"info","msg":"config loaded from /etc/app/config.yaml"}"#,
    #"{"level":"info","msg":"listening on 0.0.0.0:8080"}"#,
    #"{"level":"info","msg":"shutting down","signal":"SIGTERM"}"#,
    #"{"level":"info","msg":"migrated table comments","rows":12044}"#,
    #"{"level":"info","msg":"uploaded report.pdf","bytes":18201,"bucket":"exports"}"#,
    #"2026-11-21 05:00:00,125 INFO [worker-3] app.orders: stored order 4711 for customer 9"#,
    #"2026-11-21 05:00:00,125 DEBUG app.cache: evicted 18 entries, 402 left"#,
    #"2026-11-21 05:00:00,125 WARNING app.mail: could not render template weekly: missing variable name"#,
    #"2026-11-21T05:00:00Z INFO  hyper::client: reusing idle connection for ("https", api.example.com)"#,
    #"time=2026-11-21T05:00:00Z level=INFO msg="item updated" id=7 total=18.20"#,
    #"time=2026-11-21T05:00:00Z level=INFO msg="page rendered" template=home.html took=3ms"#,
    #"INFO:     198.51.100.7:52144 - "GET /api/v1/items?page=2 HTTP/1.1" 200 OK"#,
    #"INFO:     198.51.100.7:52144 - "PUT /api/v1/items/7 HTTP/1.1" 204 No Content"#,
    #"198.51.100.7 - - [21/Nov/2026:05:00:00 +0000] "GET /assets/app.3f2a.js HTTP/1.1" 304 0 "https://www.example.com/" "Mozilla/5.0""#,
    #"198.51.100.7 - - [21/Nov/2026:05:00:00 +0000] "GET /images/logo.png HTTP/2.0" 200 5120 "-" "curl/8.5.0""#,
    #"[Nest] 17  - 11/21/2026, 5:00:00 AM     LOG [RouterExplorer] Mapped {/items, GET} route +1ms"#,
    #"[21/Nov/2026 05:00:00] "GET /reports/ HTTP/1.1" 200 18211"#,
    #"[2026-11-21 05:00:00,125: INFO/MainProcess] Task app.tasks.rebuild[5f2c] received"#,
    #"[2026-11-21 05:00:00,125: INFO/ForkPoolWorker-1] Task app.tasks.rebuild[5f2c] succeeded in 0.31s: None"#,
    #"I1121 05:00:00.125000       1 reconciler.go:88] "Reconciled object" name="web" namespace="default""#,
    #"2026-11-21 05:00:00.125 UTC [81] LOG:  checkpoint complete: wrote 402 buffers (2.5%)"#,
    #"2026-11-21 05:00:00.125 UTC [81] LOG:  automatic vacuum of table "app.public.items": index scans: 1"#,
    #"Nov 21 05:00:00 web-1 systemd[1]: Started app.service - The application."#,
    #"Nov 21 05:00:00 web-1 CRON[4711]: (root) CMD (/usr/lib/sysstat/debian-sa1 1 1)"#,
    #"Nov 21 05:00:00 web-1 kernel: [123.456789] eth0: link is up, 1000 Mbps"#,
    #"    at OrderService.total (/app/src/orders.js:41:13)"#,
    #"  File "/app/orders.py", line 41, in total"#,
  ]

  @Test func `an everyday line is not read`() throws {
    let anchors = AnchorSet(classifier: try Classifier(ReaderConfiguration()).anchors, rules: [])
    var scanner = LiteralScanner(anchors.literals)
    for line in Self.everyday {
      var answers = AnchorAnswers()
      Array(line.utf8).withUnsafeBytes { bytes in
        for index in 0..<scanner.scan(bytes) where !anchors.isIdle(scanner[index], in: bytes) {
          let hit = scanner[index]
          switch anchors.meaning(of: hit.literal) {
          case .classifier: break
          case .conditional(let condition):
            guard
              !RecordParser.isObject(bytes)
                || anchors.holds(condition, at: hit.position, on: bytes, knowing: &answers)
            else { continue }
          case .rule, .part, .key, .name: continue
          }
          Issue.record("`\(String(decoding: bytes[hit.position...].prefix(20), as: UTF8.self))` is an anchor: \(line)")
        }
      }
    }
  }
}
