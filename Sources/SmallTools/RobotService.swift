import Foundation
package import Packets
package import TopologyModel

/// What Hetzner Robot's web service says of failover addresses, and where it leads them ("Failover" and
/// "Request limit" of its documentation). Pure: requests and instants in, answers out.
package struct RobotService: Sendable {
  private var settings: Settings
  /// Where each address goes, in the order of the settings.
  private var routes: [Route]
  /// When the requests came that still count against the limit, of each client.
  private var requests: [String: [Timestamp]] = [:]
  /// Of each client, how many logins have failed in a row, and until when it is not heard.
  private var failures: [String: Int] = [:]
  private var blocked: [String: Timestamp] = [:]
  private var dice: SplitMix64
  /// How many requests there were, and how many of them were left without a right answer.
  package private(set) var tally = Tally()
  /// Moves that have taken effect, and that nobody has asked for yet.
  private var arrived: [Move] = []

  /// It is well from now on.
  package mutating func heal() { settings.errorRate = 0 }

  package struct Settings: Sendable {
    /// The servers' own addresses.
    package var servers: [IPAddress]
    /// The addresses that move; each is with the first server at first.
    package var addresses: [IPAddress]
    /// How long a move takes to have effect; the documentation says 40 to 60 s.
    package var delay = TimeSpan.seconds(50)
    /// Requests of one client in an hour.
    package var limit = 100
    package var interval = TimeSpan.seconds(3600)
    /// `USER:PASSWORD`; `nil` where nobody is asked who he is.
    package var login: String?
    /// The share of requests that are answered by one of `faults`.
    package var errorRate = 0.0
    package var faults = RobotFault.allCases
    package var seed: UInt64 = 1

    package init(servers: [IPAddress], addresses: [IPAddress]) {
      self.servers = servers
      self.addresses = addresses
    }
  }

  package struct Tally: Hashable, Sendable {
    package var requests = 0
    package var spoilt = 0
  }

  private struct Route: Sendable {
    let address: IPAddress
    /// As the service says it.
    var active: IPAddress
    /// When what it says has effect; `nil` once it has.
    var due: Timestamp?
  }

  package init(_ settings: Settings) {
    self.settings = settings
    routes = settings.addresses.map { Route(address: $0, active: settings.servers[0]) }
    dice = SplitMix64(state: settings.seed)
  }

  /// As it was at first, but for what comes by chance.
  package mutating func restart() {
    let dice = dice
    self = RobotService(settings)
    self.dice = dice
  }
}

/// A request to it.
package struct RobotRequest: Sendable {
  package var method: String
  package var path: String
  /// The fields of `application/x-www-form-urlencoded`.
  package var form: [String: String]
  /// `Authorization`, where there is one.
  package var authorization: String?
  /// Who asks.
  package var client: String

  package init(
    _ method: String, _ path: String, form: [String: String] = [:], authorization: String? = nil,
    client: String = ""
  ) {
    self.method = method
    self.path = path
    self.form = form
    self.authorization = authorization
    self.client = client
  }
}

/// What it answers.
package struct RobotAnswer: Hashable, Sendable {
  package var status: Int
  package var body: String
  /// Where it sends the client, with a status of 3xx.
  package var location: String?
  /// In place of an answer.
  package var isSilent = false

  package init(status: Int, body: String, location: String? = nil) {
    self.status = status
    self.body = body
    self.location = location
  }
}

extension RobotService {
  /// The documentation's word: after three failed logins a client is not heard for ten minutes.
  private static let logins = 3
  private static let loginPause = TimeSpan.seconds(600)

  package mutating func answer(_ request: RobotRequest, at now: Timestamp) -> RobotAnswer {
    tally.requests += 1
    if settings.errorRate > 0, Double.random(in: 0..<1, using: &dice) < settings.errorRate,
      let fault = settings.faults.randomElement(using: &dice)
    {
      tally.spoilt += 1
      return spoilt(request, fault, at: now)
    }
    if let until = blocked[request.client], now < until { return limited }
    if let login = settings.login, !isAuthorized(request, login) {
      failures[request.client, default: 0] += 1
      if failures[request.client] == RobotService.logins {
        failures[request.client] = nil
        blocked[request.client] = now + RobotService.loginPause
      }
      return .error(401, "UNAUTHORIZED", "Unauthorized")
    }
    failures[request.client] = nil
    let recent = requests[request.client, default: []].filter { now - $0 < settings.interval }
    guard recent.count < settings.limit else {
      requests[request.client] = recent
      return limited
    }
    requests[request.client] = recent + [now]
    return route(request, at: now)
  }

  /// The scheme is the same in capitals (RFC 9110, 11.1).
  private func isAuthorized(_ request: RobotRequest, _ login: String) -> Bool {
    let parts = (request.authorization ?? "").split(separator: " ", maxSplits: 1)
    return parts.count == 2 && parts[0].lowercased() == "basic"
      && "Basic \(parts[1])" == RobotService.authorization(login)
  }

  private var limited: RobotAnswer {
    .error(
      403, "RATE_LIMIT_EXCEEDED", "rate limit exceeded",
      more: ", \"max_request\": \(settings.limit), "
        + "\"interval\": \(settings.interval.nanoseconds / 1_000_000_000)")
  }

  private mutating func spoilt(
    _ request: RobotRequest, _ fault: RobotFault, at now: Timestamp
  ) -> RobotAnswer {
    switch fault {
    case .serverError: return .error(500, "INTERNAL_ERROR", "internal error")
    case .unavailable: return RobotAnswer(status: 503, body: "Service Unavailable\n")
    case .redirect: return RobotAnswer(status: 302, body: "", location: request.path)
    case .garbage: return RobotAnswer(status: 200, body: "<html>\u{1}\u{7f} \u{1b}[31m{{{")
    case .half:
      // The request is carried out, and what is said of it gets lost on the way.
      let whole = route(request, at: now)
      return RobotAnswer(
        status: whole.status, body: String(whole.body.prefix(whole.body.count / 2)))
    case .silence:
      var answer = route(request, at: now)
      answer.isSilent = true
      return answer
    }
  }

  private mutating func route(_ request: RobotRequest, at now: Timestamp) -> RobotAnswer {
    settle(at: now)
    let parts = request.path.split(separator: "/").map(String.init)
    guard parts.first == "failover", parts.count <= 2 else {
      return .error(404, "NOT_FOUND", "no such resource")
    }
    guard parts.count == 2 else {
      guard request.method == "GET" else { return methodRefused }
      return RobotAnswer(
        status: 200, body: "[" + routes.map(resource).joined(separator: ", ") + "]\n")
    }
    guard let address = IPAddress(parts[1]),
      let index = routes.firstIndex(where: { $0.address == address })
    else { return .error(404, "NOT_FOUND", "failover IP not found") }
    switch request.method {
    case "GET": return RobotAnswer(status: 200, body: resource(routes[index]) + "\n")
    case "POST": return move(index, to: request.form["active_server_ip"], at: now)
    default: return methodRefused
    }
  }

  private var methodRefused: RobotAnswer {
    .error(405, "METHOD_NOT_ALLOWED", "GET and POST are answered")
  }

  private mutating func move(_ index: Int, to place: String?, at now: Timestamp) -> RobotAnswer {
    guard let place, let server = IPAddress(place) else {
      let field = "[\"active_server_ip\"]"
      return .error(
        400, "INVALID_INPUT", "invalid input",
        more: place == nil
          ? ", \"missing\": \(field), \"invalid\": null"
          : ", \"missing\": null, \"invalid\": \(field)")
    }
    guard settings.servers.contains(server) else {
      return .error(404, "FAILOVER_NEW_SERVER_NOT_FOUND", "no server has the address \(server)")
    }
    if routes[index].due != nil {
      return .error(409, "FAILOVER_LOCKED", "a move of \(routes[index].address) is under way")
    }
    if routes[index].active == server {
      return .error(
        409, "FAILOVER_ALREADY_ROUTED", "\(routes[index].address) is at \(server) already")
    }
    routes[index].active = server
    routes[index].due = now + settings.delay
    return RobotAnswer(status: 200, body: resource(routes[index]) + "\n")
  }

  private func resource(_ route: Route) -> String {
    return "{\"failover\": {\"ip\": \"\(route.address)\", "
      + "\"netmask\": \"\(route.address.family == .v4 ? "255.255.255.255" : "ffff:ffff:ffff:ffff::")\", "
      + "\"server_ip\": \"\(settings.servers[0])\", \"server_number\": 1, "
      + "\"active_server_ip\": \"\(route.active)\"}}"
  }
}

/// Where addresses go.
extension RobotService {
  /// An address that has arrived at a server.
  package struct Move: Hashable, Sendable {
    package let address: IPAddress
    package let server: IPAddress

    package init(address: IPAddress, server: IPAddress) {
      (self.address, self.server) = (address, server)
    }
  }

  /// When the next move has effect.
  package var nextDeadline: Timestamp? { routes.compactMap(\.due).min() }

  /// The moves that have taken effect by now, since the last time.
  package mutating func moves(until now: Timestamp) -> [Move] {
    settle(at: now)
    defer { arrived = [] }
    return arrived
  }

  private mutating func settle(at now: Timestamp) {
    for index in routes.indices where routes[index].due.map({ $0 <= now }) ?? false {
      routes[index].due = nil
      arrived.append(Move(address: routes[index].address, server: routes[index].active))
    }
  }

  /// What a client says of itself with `USER:PASSWORD` (RFC 7617).
  package static func authorization(_ login: String) -> String {
    "Basic " + Data(login.utf8).base64EncodedString()
  }
}

extension RobotAnswer {
  fileprivate static func error(
    _ status: Int, _ code: String, _ message: String, more: String = ""
  ) -> RobotAnswer {
    RobotAnswer(
      status: status,
      body: "{\"error\": {\"status\": \(status), \"code\": \"\(code)\", "
        + "\"message\": \"\(message)\"\(more)}}\n")
  }
}
