package import Packets

/// A web service like Hetzner Robot's that says where a filtering switch has the VIPs; it can be asked at every
/// server itself.
package struct RobotPlan: Codable, Hashable, Sendable {
  /// Of TCP, at 127.0.0.1.
  package var port: UInt16
  /// How long a move takes to have effect.
  package var delay: TimeSpan
  /// Requests of one server in an hour.
  package var limit: Int
  /// The share of requests, 0 to 1, that are answered by one of `faults`.
  package var errorRate: Double
  package var faults: [RobotFault]

  package static let standardPort: UInt16 = 8080
  /// The documentation says 40 to 60 s.
  package static let standardDelay = TimeSpan.seconds(50)
  package static let standardLimit = 100

  private enum CodingKeys: String, CodingKey {
    case port, limit, faults
    case delay = "delay_ns"
    case errorRate = "error_rate"
  }
}

/// What a service does that is not well.
package enum RobotFault: String, Codable, CaseIterable, Sendable {
  case serverError = "500"
  case unavailable = "503"
  /// The first half of its JSON.
  case half
  /// To the same place, for ever.
  case redirect
  case silence
  case garbage
}

extension TopologyParser {
  /// `{ delay: 5s, errors: 20%, kinds: [500, half] }`.
  static func robot(_ model: MappingReader, _ mistakes: inout Mistakes) -> RobotPlan? {
    guard
      let own = model.mapping("robot", example: "`{ delay: 5s, errors: 20% }`", into: &mistakes)
    else { return nil }
    own.allow(["port", "delay", "limit", "errors", "kinds"], into: &mistakes)
    let port: Located<Int>? = own.scalar("port", into: &mistakes)
    if let port, !(1...65535).contains(port.value) {
      mistakes.add("\(own.subject): port: found \(port.value), needs 1 to 65535", at: port.place)
    }
    let limit: Located<Int>? = own.scalar("limit", into: &mistakes)
    if let limit, limit.value < 1 {
      mistakes.add(
        "\(own.subject): limit: \(limit.value) is too few; take 1 or more", at: limit.place)
    }
    let delay: Located<TimeSpan>? = own.scalar("delay", into: &mistakes)
    let errors: Located<Share>? = own.scalar("errors", into: &mistakes)
    return RobotPlan(
      port: port.flatMap { UInt16(exactly: $0.value) } ?? RobotPlan.standardPort,
      delay: delay?.value ?? RobotPlan.standardDelay,
      limit: limit?.value ?? RobotPlan.standardLimit, errorRate: errors?.value.fraction ?? 0,
      faults: faults(own, &mistakes))
  }

  /// All of them, unless some are named.
  private static func faults(
    _ reader: MappingReader, _ mistakes: inout Mistakes
  ) -> [RobotFault] {
    guard let words = reader.words("kinds", example: "[500, half]", into: &mistakes) else {
      return RobotFault.allCases
    }
    return words.compactMap { word in
      guard let fault = RobotFault(rawValue: word.value) else {
        let known = RobotFault.allCases.map(\.rawValue)
        mistakes.add(
          "\(reader.subject): kinds: found `\(word.value)`; "
            + suggestion(for: word.value, among: known), at: word.place)
        return nil
      }
      return fault
    }
  }
}
