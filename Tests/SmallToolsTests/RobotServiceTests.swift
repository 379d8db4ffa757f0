import Foundation
import Packets
import SmallTools
import Testing

@Suite struct RobotServiceTests {
  private let alpha = IPAddress("10.0.0.1")!
  private let bravo = IPAddress("10.0.0.2")!
  private let address = IPAddress("10.0.0.200")!

  private func settings(
    _ change: (inout RobotService.Settings) -> Void = { _ in }
  ) -> RobotService.Settings {
    var settings = RobotService.Settings(servers: [alpha, bravo], addresses: [address])
    change(&settings)
    return settings
  }

  private func at(_ seconds: Int64) -> Timestamp { Timestamp(nanoseconds: 0) + .seconds(seconds) }

  private let get = RobotRequest("GET", "/failover/10.0.0.200")

  private func post(_ server: String?) -> RobotRequest {
    RobotRequest(
      "POST", "/failover/10.0.0.200", form: server.map { ["active_server_ip": $0] } ?? [:])
  }

  private func code(_ answer: RobotAnswer) throws -> String {
    let body = try JSONSerialization.jsonObject(with: Data(answer.body.utf8))
    let error = (body as? [String: [String: Any]])?["error"]
    #expect(error?["status"] as? Int == answer.status)
    return error?["code"] as? String ?? ""
  }

  private func place(_ answer: RobotAnswer) throws -> String {
    #expect(answer.status == 200)
    let body = try JSONSerialization.jsonObject(with: Data(answer.body.utf8))
    return (body as? [String: [String: Any]])?["failover"]?["active_server_ip"] as? String ?? ""
  }

  @Test func aMoveIsToldAtOnceAndHasEffectLater() throws {
    var service = RobotService(settings())
    #expect(try place(service.answer(get, at: at(0))) == "10.0.0.1")
    #expect(try place(service.answer(post("10.0.0.2"), at: at(1))) == "10.0.0.2")
    #expect(service.moves(until: at(2)).isEmpty && service.nextDeadline == at(51))
    #expect(try code(service.answer(post("10.0.0.1"), at: at(50))) == "FAILOVER_LOCKED")
    // Whoever asks in between takes nothing from what is to be told.
    #expect(try place(service.answer(get, at: at(52))) == "10.0.0.2")
    #expect(service.moves(until: at(52)) == [RobotService.Move(address: address, server: bravo)])
    #expect(service.moves(until: at(52)).isEmpty && service.nextDeadline == nil)
    #expect(try code(service.answer(post("10.0.0.2"), at: at(53))) == "FAILOVER_ALREADY_ROUTED")
  }

  @Test func whatItDoesNotKnowIsSaidByItsCode() throws {
    var service = RobotService(settings())
    for (request, status, expected) in [
      (RobotRequest("GET", "/failover/10.0.0.201"), 404, "NOT_FOUND"),
      (RobotRequest("GET", "/failover/x\"y"), 404, "NOT_FOUND"),
      (RobotRequest("GET", "/server"), 404, "NOT_FOUND"),
      (RobotRequest("DELETE", "/failover/10.0.0.200"), 405, "METHOD_NOT_ALLOWED"),
      (post("10.0.0.9"), 404, "FAILOVER_NEW_SERVER_NOT_FOUND"),
      (post("x\"y"), 400, "INVALID_INPUT"),
      (post(nil), 400, "INVALID_INPUT"),
    ] {
      let answer = service.answer(request, at: at(0))
      #expect(try answer.status == status && code(answer) == expected, "\(request)")
    }
    let all = service.answer(RobotRequest("GET", "/failover"), at: at(0))
    #expect(all.status == 200 && all.body.hasPrefix("[{\"failover\": {\"ip\": \"10.0.0.200\""))
  }

  @Test func aClientThatAsksTooOftenIsNotHeard() throws {
    var service = RobotService(settings { $0.limit = 2 })
    var other = get
    other.client = "10.0.0.2"
    #expect(service.answer(get, at: at(0)).status == 200)
    #expect(service.answer(get, at: at(10)).status == 200)
    let refused = service.answer(get, at: at(20))
    #expect(try refused.status == 403 && code(refused) == "RATE_LIMIT_EXCEEDED")
    #expect(refused.body.contains("\"max_request\": 2, \"interval\": 3600"))
    #expect(service.answer(other, at: at(20)).status == 200)
    #expect(service.answer(get, at: at(3_601)).status == 200)
  }

  @Test func aClientWhoseLoginsFailIsNotHeardForTenMinutes() throws {
    var service = RobotService(settings { $0.login = "me:secret" })
    var known = get
    known.authorization = RobotService.authorization("me:secret")
    #expect(known.authorization == "Basic bWU6c2VjcmV0")
    for second in 0..<3 {
      #expect(try code(service.answer(get, at: at(Int64(second)))) == "UNAUTHORIZED")
    }
    #expect(service.answer(known, at: at(10)).status == 403)
    #expect(service.answer(known, at: at(603)).status == 200)
  }

  /// The same seed, the same faults; as often as was asked for.
  @Test func faultsComeByTheSeed() {
    func answers(_ seed: UInt64) -> [RobotAnswer] {
      var service = RobotService(
        settings {
          $0.errorRate = 0.3
          $0.limit = 10_000
          $0.seed = seed
        })
      return (0..<2_000).map { service.answer(get, at: at($0)) }
    }
    let first = answers(1)
    #expect(first == answers(1) && first != answers(2))
    let good = first.filter { !$0.isSilent && $0.status == 200 && $0.body.hasSuffix("}}\n") }
    #expect((1_300...1_500).contains(good.count), "\(good.count)")
    #expect(Set(first.map(\.status)) == [200, 302, 500, 503])
    #expect(first.contains { $0.isSilent } && first.contains { $0.location == get.path })
  }
}
