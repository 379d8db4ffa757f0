import Foundation
import Packets
import SmallTools
import Testing

@Suite struct FloatingIPTests {
  private let address = IPAddress("10.0.0.200")!

  private func status(_ code: Int, _ body: String) -> FloatingIPStatus {
    FloatingIPStatus(HTTPClient.Reply(status: code, body: Array(body.utf8)), of: address)
  }

  @Test func aWholeAnswerSaysWhereItIs() {
    let body = """
      {"failover": {"ip": "10.0.0.200", "netmask": "255.255.255.255", "server_number": 1,
        "server_ip": "10.0.0.1", "active_server_ip": "10.0.0.2", "more": [1, {}]}}
      """
    #expect(status(200, body) == .assigned(to: IPAddress("10.0.0.2")!))
    // Cut short anywhere it says nothing.
    for length in 0..<body.utf8.count {
      let cut = status(200, String(body.prefix(length)))
      guard case .unknown = cut else {
        Issue.record("\(length): \(cut)")
        continue
      }
    }
  }

  @Test(arguments: [
    (
      200, "{\"failover\": {\"ip\": \"10.0.0.201\", \"active_server_ip\": \"10.0.0.2\"}}", "another"
    ),
    (200, "{\"failover\": {\"ip\": \"10.0.0.200\", \"active_server_ip\": null}}", "nowhere"),
    (200, "{\"failover\": {\"ip\": \"10.0.0.200\", \"active_server_ip\": \"here\"}}", "no address"),
    (200, "<html>", "no failover resource"), (200, "", "no failover resource"),
    (201, "{\"failover\": {\"ip\": \"10.0.0.200\", \"active_server_ip\": \"10.0.0.2\"}}", "201"),
    (302, "", "302: it sends to another place"), (401, "", "401: the credentials"),
    (403, "", "403: too many requests"), (404, "", "404: it knows no such address"),
    (500, "{\"error\": {\"status\": 500, \"code\": \"FAILOVER_FAILED\"}}", "500: FAILOVER_FAILED"),
    (500, "{\"error\": {\"status\": 500, \"code\": \"\u{1b}[31m\"}}", "status 500"),
    (503, "", "503"),
  ])
  func anythingElseSaysNothing(code: Int, body: String, words: String) {
    guard case .unknown(let reason) = status(code, body) else {
      Issue.record("it is known")
      return
    }
    #expect(reason.contains(words) && !reason.contains("\u{1b}"))
  }

  private func at(_ seconds: Int64) -> Timestamp { Timestamp(nanoseconds: 0) + .seconds(seconds) }

  @Test func whatFailsIsTriedAgainLessAndLessOften() {
    var pause = RequestPause()
    var now: Int64 = 10_000
    for expected in [30, 60, 120, 240, 300, 300] as [Int64] {
      pause.ask(at: at(now))
      pause.take(.nothing(status: 500), askedAt: at(now), at: at(now))
      let last = at(now + expected) - .milliseconds(1)
      #expect(
        pause.objection(at: last, limit: 100, isUrgent: false)
          == "the service is asked again in 1 s")
      #expect(pause.objection(at: last, limit: 100, isUrgent: true) == nil)
      #expect(pause.objection(at: at(now + expected), limit: 100, isUrgent: false) == nil)
      now += expected
    }
    pause.take(.learned, askedAt: at(now), at: at(now))
    pause.take(.nothing(status: nil), askedAt: at(now), at: at(now))
    #expect(pause.objection(at: at(now + 30), limit: 100, isUrgent: false) == nil)
  }

  /// Robot's ten minutes hold for everything.
  @Test func aServiceThatHearsNobodyIsLeftAlone() {
    for status in [401, 403] {
      var pause = RequestPause()
      pause.take(.nothing(status: status), askedAt: at(0), at: at(0))
      for isUrgent in [false, true] {
        #expect(pause.objection(at: at(599), limit: 100, isUrgent: isUrgent) != nil)
        #expect(pause.objection(at: at(600), limit: 100, isUrgent: isUrgent) == nil)
      }
    }
  }

  /// What never reached the service is none of its hundred.
  @Test func whoWasNotHeardHasNotAsked() {
    var pause = RequestPause()
    for second in 0..<10 {
      pause.ask(at: at(Int64(second)))
      pause.take(.unheard, askedAt: at(Int64(second)), at: at(Int64(second)))
    }
    #expect(pause.objection(at: at(10), limit: 1, isUrgent: true) == nil)
    #expect(pause.objection(at: at(10), limit: 1, isUrgent: false) != nil)
  }

  @Test(arguments: [Int.max, Int.min, -1, 63])
  func aFileMayHoldAnything(failures: Int) throws {
    let text = "{\"requests\": [], \"failures\": \(failures), \"isRefused\": false}"
    var pause = try JSONDecoder().decode(RequestPause.self, from: Data(text.utf8))
    pause.take(.nothing(status: 500), askedAt: at(0), at: at(0))
    #expect(pause.objection(at: at(1), limit: 1, isUrgent: false) != nil)
    #expect(pause.objection(at: at(300), limit: 1, isUrgent: false) == nil)
  }

  @Test(arguments: [
    "ftp://127.0.0.1", "http://", "127.0.0.1", "http://me:secret@127.0.0.1", "http://127.0.0.1:0",
    "https://127.0.0.1:65536", "http://127.0.0.1:18446744073709586079", "",
  ])
  func whereNothingCanBeAskedIsSaidWithoutItsWords(url: String) {
    #expect(
      HTTPClient.objection(to: url) == "it is no http:// or https:// URL of a host, without a user")
  }

  @Test func itsLimitIsKept() {
    var pause = RequestPause()
    for second in 0..<3 { pause.ask(at: at(Int64(second) * 1_000)) }
    #expect(
      pause.objection(at: at(3_000), limit: 3, isUrgent: true)
        == "the service was asked 3 times within an hour, which is its limit")
    #expect(pause.objection(at: at(3_600), limit: 3, isUrgent: false) == nil)
    // Of a clock that is set back.
    #expect(pause.objection(at: at(10), limit: 3, isUrgent: false) == nil)
    pause.take(.nothing(status: 403), askedAt: at(3_600), at: at(3_600))
    #expect(pause.objection(at: at(10), limit: 3, isUrgent: false) == nil)
  }
}
