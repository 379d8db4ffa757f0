package import Foundation
package import Packets

/// A floating IP as its web service knows it: Robot's failover resource.
package struct FloatingIP: Sendable {
  /// Sends a request with a body, which may be empty.
  package typealias Send =
    @Sendable (_ method: String, _ body: [UInt8]) -> Result<HTTPClient.Reply, HTTPClient.Failure>

  private let address: IPAddress
  private let send: Send

  package static let server = "https://robot-ws.your-server.de"
  /// Robot allows a hundred requests in an hour.
  package static let limit = 100

  package init(
    _ address: IPAddress, at server: URL, login: String?, authorities: String?, patience: TimeSpan
  ) {
    let url = server.appendingPathComponent("failover").appendingPathComponent("\(address)")
    self.init(address) { method, body in
      var headers: [(String, String)] = []
      if let login { headers.append(("Authorization", RobotService.authorization(login))) }
      if !body.isEmpty {
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
      }
      return Result { () throws(HTTPClient.Failure) in
        try HTTPClient.send(
          method, url, headers: headers, body: body, within: patience, authorities: authorities)
      }
    }
  }

  /// Asks a service by `send`.
  package init(_ address: IPAddress, by send: @escaping Send) {
    self.address = address
    self.send = send
  }

  /// What was said of it, and what that is for the next request.
  package struct Answer: Sendable {
    package var status: FloatingIPStatus
    package var lesson: RequestPause.Lesson
    /// Whether it was moved for it; otherwise it was there, or nothing is known.
    package var isMoved = false
    /// How often the service was asked for it.
    package var requests = 1
  }

  /// Asks where it is.
  package func get() -> Answer { answer(send("GET", [])) }

  /// Has it moved to a server.
  package func set(to server: IPAddress) -> Answer {
    let reply = send("POST", Array("active_server_ip=\(server)".utf8))
    if case .success(let refusal) = reply, refusal.status == 409 {
      switch FloatingIPStatus.code(of: refusal) {
      case "FAILOVER_ALREADY_ROUTED":
        return Answer(status: .assigned(to: server), lesson: .learned)
      // A move is under way: this one's may have been asked for before.
      case "FAILOVER_LOCKED":
        var now = get()
        if now.status != .assigned(to: server) {
          now = Answer(status: FloatingIPStatus(refusal, of: address), lesson: .learned)
        }
        now.requests = 2
        return now
      default: break
      }
    }
    var answer = answer(reply)
    if case .assigned(let other) = answer.status {
      answer.isMoved = other == server
      if !answer.isMoved {
        answer.status = .unknown("it answers that the address is at \(other)")
      }
    }
    return answer
  }

  private func answer(_ reply: Result<HTTPClient.Reply, HTTPClient.Failure>) -> Answer {
    switch reply {
    case .success(let reply):
      let status = FloatingIPStatus(reply, of: address)
      if case .unknown = status {
        return Answer(status: status, lesson: .nothing(status: reply.status))
      }
      return Answer(status: status, lesson: .learned)
    case .failure(let failure):
      return Answer(
        status: .unknown("\(failure)"),
        lesson: failure.isUnheard ? .unheard : .nothing(status: nil))
    }
  }
}
