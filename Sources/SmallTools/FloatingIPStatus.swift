import Foundation
package import Packets

/// What is known of where a floating IP is. What is not known is no reason to fail over.
package enum FloatingIPStatus: Hashable, Sendable {
  case assigned(to: IPAddress)
  /// Why nothing is known.
  case unknown(String)

  /// What Robot's answer says of `address`. Nothing but a whole answer to this very question says anything.
  package init(_ reply: HTTPClient.Reply, of address: IPAddress) {
    guard reply.status == 200 else {
      self = .unknown(FloatingIPStatus.refusal(reply))
      return
    }
    guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(reply.body)) else {
      self = .unknown("the answer is no failover resource")
      return
    }
    guard IPAddress(answer.failover.ip) == address else {
      self = .unknown("the answer is of another address")
      return
    }
    guard let server = answer.failover.server.flatMap({ IPAddress($0) }) else {
      self = .unknown("\(address) is routed nowhere")
      return
    }
    self = .assigned(to: server)
  }

  private struct Answer: Decodable {
    let failover: Failover

    struct Failover: Decodable {
      let ip: String
      let server: String?

      enum CodingKeys: String, CodingKey {
        case ip
        case server = "active_server_ip"
      }
    }
  }

  private struct Refusal: Decodable {
    let error: Words

    struct Words: Decodable {
      let code: String
    }
  }

  /// The code of an error, of which nothing else is believed; `nil` where there is none.
  static func code(of reply: HTTPClient.Reply) -> String? {
    let code = try? JSONDecoder().decode(Refusal.self, from: Data(reply.body)).error.code
    let isOne = code?.utf8.allSatisfy { (65...90).contains($0) || $0 == 95 } ?? false
    return isOne ? code.map { String($0.prefix(40)) } : nil
  }

  private static func refusal(_ reply: HTTPClient.Reply) -> String {
    let words =
      switch reply.status {
      case 300...399: "it sends to another place, where the credentials are not taken along"
      case 401: "the credentials are not accepted"
      case 403: "too many requests"
      case 404: "it knows no such address"
      default: code(of: reply)
      }
    return "status \(reply.status)" + (words.map { ": \($0)" } ?? "")
  }
}

/// When a service may be asked again, kept from one start of the program to the next. A service that is
/// asked too often hears nobody for minutes.
package struct RequestPause: Hashable, Codable, Sendable {
  /// When it was asked in the last hour.
  private var requests: [Timestamp] = []
  /// How often in a row nothing was learned.
  private var failures = 0
  private var until: Timestamp?
  /// Whether it has said that it hears nobody.
  private var isRefused = false

  package init() {}

  private static let hour = TimeSpan.seconds(3600)
  private static let shortest = TimeSpan.seconds(30)
  private static let longest = TimeSpan.seconds(300)
  /// For so long Robot hears nobody after failed logins.
  private static let refused = TimeSpan.seconds(600)

  /// Why it must not be asked now; `nil` where it may. What is urgent waits for nothing but a service that
  /// would not hear it.
  package func objection(at now: Timestamp, limit: Int, isUrgent: Bool) -> String? {
    // A clock that was set back makes nobody wait for hours.
    if let until, now < until, until - now <= RequestPause.refused, isRefused || !isUrgent {
      let seconds = ((until - now).nanoseconds + 999_999_999) / 1_000_000_000
      return "the service is asked again in \(seconds) s"
    }
    let recent = requests.filter { now - $0 < RequestPause.hour && $0 <= now }
    return recent.count < limit
      ? nil : "the service was asked \(recent.count) times within an hour, which is its limit"
  }

  /// It is asked now.
  package mutating func ask(at now: Timestamp) {
    requests = requests.filter { now - $0 < RequestPause.hour && $0 <= now } + [now]
  }

  /// What came of it: the status of an answer that said nothing, or none.
  package mutating func fail(_ status: Int?, at now: Timestamp) {
    let doubled = Int64(1) << min(failures, 10)
    failures = min(failures + 1, 10)
    isRefused = [401, 403].contains(status)
    until =
      now
      + (isRefused
        ? RequestPause.refused
        : min(RequestPause.longest, Int(doubled) * RequestPause.shortest))
  }

  package mutating func succeed() { (failures, until, isRefused) = (0, nil, false) }
}
