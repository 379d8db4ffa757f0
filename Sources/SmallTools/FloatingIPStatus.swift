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
    guard let place = answer.failover.server else {
      self = .unknown("it is routed nowhere")
      return
    }
    guard let server = IPAddress(place) else {
      self = .unknown("it is routed to what is no address")
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
      case 301, 302, 303, 307, 308:
        "it sends to another place, where the credentials are not taken along"
      case 401: "the credentials are not accepted"
      case 403: "too many requests"
      case 404 where code(of: reply) == "FAILOVER_NEW_SERVER_NOT_FOUND": "it knows no such server"
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

  /// It is asked now; to be kept before it is, for who is killed meanwhile has asked all the same.
  package mutating func ask(at now: Timestamp) {
    requests = requests.filter { now - $0 < RequestPause.hour && $0 <= now } + [now]
  }

  /// What came of having asked.
  package enum Lesson: Hashable, Sendable {
    case learned
    /// Nothing was learned: the status of an answer, or none.
    case nothing(status: Int?)
    /// Nobody was there to be asked.
    case unheard
  }

  package mutating func take(_ lesson: Lesson, askedAt asked: Timestamp, at now: Timestamp) {
    switch lesson {
    case .learned: (failures, until, isRefused) = (0, nil, false)
    case .nothing(let status): fail(status, at: now)
    case .unheard:
      requests.removeAll { $0 == asked }
      fail(nil, at: now)
    }
  }

  private mutating func fail(_ status: Int?, at now: Timestamp) {
    let doubled = 1 << failures
    failures = min(failures + 1, RequestPause.mostFailures)
    isRefused = [401, 403].contains(status)
    let span =
      isRefused
      ? RequestPause.refused : min(RequestPause.longest, doubled * RequestPause.shortest)
    // Another's request may have been refused meanwhile.
    until = max(until ?? now, now + span)
  }

  private static let mostFailures = 10

  private enum CodingKeys: String, CodingKey {
    case requests, failures, until, isRefused
  }

  /// A file may hold anything.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    requests = try container.decode([Timestamp].self, forKey: .requests)
    let count = try container.decode(Int.self, forKey: .failures)
    failures = min(max(0, count), RequestPause.mostFailures)
    until = try container.decodeIfPresent(Timestamp.self, forKey: .until)
    isRefused = try container.decode(Bool.self, forKey: .isRefused)
  }
}
