package import Foundation
package import Packets

/// A floating IP as its web service knows it: Robot's failover resource.
package struct FloatingIP: Sendable {
  private let address: IPAddress
  private let url: URL
  private let login: String?
  private let authorities: String?
  private let patience: TimeSpan
  /// To be kept, and looked at before it is asked anything.
  package private(set) var pause: RequestPause

  package static let server = "https://robot-ws.your-server.de"
  /// Robot allows a hundred requests in an hour.
  package static let limit = 100

  package init(
    _ address: IPAddress, at server: URL, login: String?, authorities: String?,
    patience: TimeSpan, pause: RequestPause
  ) {
    self.address = address
    url = server.appendingPathComponent("failover").appendingPathComponent("\(address)")
    self.login = login
    self.authorities = authorities
    self.patience = patience
    self.pause = pause
  }

  /// Asks where it is.
  package mutating func get(at now: Timestamp) -> FloatingIPStatus {
    learn(from: request("GET", at: now), at: now)
  }

  /// What came of having it moved.
  package enum Move: Hashable, Sendable {
    case done
    /// It was there.
    case needless
  }

  /// Has it moved to a server.
  package mutating func set(
    to server: IPAddress, at now: Timestamp
  ) -> (move: Move?, status: FloatingIPStatus) {
    let reply = request("POST", Array("active_server_ip=\(server)".utf8), at: now)
    if case .success(let answer) = reply, answer.status == 409,
      FloatingIPStatus.code(of: answer) == "FAILOVER_ALREADY_ROUTED"
    {
      pause.succeed()
      return (.needless, .assigned(to: server))
    }
    switch learn(from: reply, at: now) {
    case .assigned(server): return (.done, .assigned(to: server))
    case .assigned(let other):
      return (nil, .unknown("it answers that the address is at \(other)"))
    case .unknown(let reason): return (nil, .unknown(reason))
    }
  }

  private mutating func learn(
    from reply: Result<HTTPClient.Reply, HTTPClient.Failure>, at now: Timestamp
  ) -> FloatingIPStatus {
    switch reply {
    case .success(let answer):
      let status = FloatingIPStatus(answer, of: address)
      if case .unknown = status {
        pause.fail(answer.status, at: now)
      } else {
        pause.succeed()
      }
      return status
    case .failure(let failure):
      pause.fail(nil, at: now)
      return .unknown("\(failure)")
    }
  }

  private mutating func request(
    _ method: String, _ body: [UInt8] = [], at now: Timestamp
  ) -> Result<HTTPClient.Reply, HTTPClient.Failure> {
    pause.ask(at: now)
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
