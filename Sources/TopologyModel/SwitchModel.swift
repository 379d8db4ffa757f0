package import Packets

/// How the emulated vSwitch of a segment forwards.
package enum SwitchModel: Hashable, Sendable {
  /// A plain learning switch.
  case learning
  /// After a transition, with `probability`, goes on delivering the VIP's packets to the old
  /// holder's port for `hold`, whatever ARP says.
  case sticky(probability: Double, hold: TimeSpan)
  /// Delivers to and takes from a port only the addresses registered there; everything else is
  /// dropped, ARP too. A router's port carries any. A VIP is registered at the first server's port at first.
  case filtering(Registration)
  /// After a transition, with `probability`, the nodes of the segment go on reaching the old holder,
  /// each until it has sent something to the new holder's own address; what routers forward follows
  /// at once.
  case staleHosts(probability: Double)
  /// Forgets where a MAC address is once it has sent nothing for so long, and does not flood what is for
  /// one that it does not know.
  case ageing(after: TimeSpan)
  /// Delivers everything but announcements of a VIP.
  case dropAnnouncements

  /// What has a filtering switch deliver a VIP elsewhere.
  package enum Registration: Hashable, Sendable {
    case nothing
    /// A claim, so long after it.
    case claims(after: TimeSpan)
    /// A web service that is asked to.
    case robot(RobotPlan)
  }

  package var name: SwitchModelName {
    switch self {
    case .learning: .learning
    case .sticky: .sticky
    case .filtering: .filtering
    case .staleHosts: .staleHosts
    case .ageing: .ageing
    case .dropAnnouncements: .dropAnnouncements
    }
  }
}

package enum SwitchModelName: String, Codable, CaseIterable, Sendable {
  case learning
  case sticky
  case filtering
  case staleHosts = "stale-hosts"
  case ageing
  case dropAnnouncements = "drop-announcements"

  /// The keys beside `model` that it takes.
  var parameters: [String] {
    switch self {
    case .sticky: ["probability", "hold"]
    case .filtering: ["apiDelay", "robot"]
    case .staleHosts: ["probability"]
    case .ageing: ["ageingTime"]
    case .learning, .dropAnnouncements: []
    }
  }
}

/// What is said of a model besides its name.
struct SwitchParameters {
  var probability: Double?
  var hold: TimeSpan?
  var apiDelay: TimeSpan?
  var robot: RobotPlan?
  var ageingTime: TimeSpan?

  var registration: SwitchModel.Registration {
    if let robot { return .robot(robot) }
    return apiDelay.map { .claims(after: $0) } ?? .nothing
  }
}

extension SwitchModel {
  /// With defaults for what is not said.
  init(_ name: SwitchModelName, _ parameters: SwitchParameters) {
    switch name {
    case .learning: self = .learning
    case .sticky:
      self = .sticky(
        probability: parameters.probability ?? 0.5, hold: parameters.hold ?? .seconds(40))
    case .filtering: self = .filtering(parameters.registration)
    case .staleHosts: self = .staleHosts(probability: parameters.probability ?? 1)
    case .ageing: self = .ageing(after: parameters.ageingTime ?? SwitchModel.defaultAgeingTime)
    case .dropAnnouncements: self = .dropAnnouncements
    }
  }

  /// IEEE 802.1Q, table 8-6.
  private static let defaultAgeingTime = TimeSpan.seconds(300)
  /// Bridges count hundredths of a second; the standard's most.
  static let ageingTimes = TimeSpan.milliseconds(100)...TimeSpan.seconds(1_000_000)

  var parameters: SwitchParameters {
    switch self {
    case .learning, .dropAnnouncements: SwitchParameters()
    case .sticky(let probability, let hold):
      SwitchParameters(probability: probability, hold: hold)
    case .filtering(.nothing): SwitchParameters()
    case .filtering(.claims(let delay)): SwitchParameters(apiDelay: delay)
    case .filtering(.robot(let plan)): SwitchParameters(robot: plan)
    case .staleHosts(let probability): SwitchParameters(probability: probability)
    case .ageing(let time): SwitchParameters(ageingTime: time)
    }
  }
}

/// The part of the resolver that deals with switch models.
extension TopologyResolver {
  /// Two services of one server cannot be at one port.
  mutating func checkRobotsApart() {
    let robots = document.segments.enumerated().compactMap { index, segment in
      segment.robot.map { (index: index, name: segment.name.value, robot: $0) }
    }
    for (number, later) in robots.enumerated() {
      for earlier in robots[..<number] where earlier.robot.value.port == later.robot.value.port {
        let both = nodes.first {
          $0.role == .server && $0.attachment(to: earlier.index) != nil
            && $0.attachment(to: later.index) != nil
        }
        guard let both else { continue }
        mistakes.add(
          "segment `\(later.name)`: switch: robot: port: \(later.robot.value.port) of `\(both.name)` is taken by "
            + "the robot of segment `\(earlier.name)`; set another `port`", at: later.robot.place)
      }
    }
  }

  mutating func resolveSwitch(_ segment: TopologyDocument.Segment) -> SwitchModel {
    guard let model = segment.switchModel else { return .learning }
    let subject = "segment `\(segment.name.value)`: switch"
    for key in segment.switchParameters where !model.value.parameters.contains(key.value) {
      let owners = SwitchModelName.allCases.filter { $0.parameters.contains(key.value) }
      let names = owners.map { "`\($0.rawValue)`" }.joined(separator: " and ")
      mistakes.add(
        "\(subject): `\(key.value)` belongs to \(names); take it out",
        at: key.place)
    }
    if let robot = segment.robot, segment.apiDelay != nil {
      mistakes.add(
        "\(subject): `apiDelay` and `robot` contradict each other: the one follows claims, the other requests; "
          + "keep one", at: robot.place)
    }
    if let time = segment.ageingTime, !SwitchModel.ageingTimes.contains(time.value) {
      mistakes.add(
        "\(subject): ageingTime: found \(time.value), needs \(SwitchModel.ageingTimes.lowerBound) to "
          + "\(SwitchModel.ageingTimes.upperBound)", at: time.place)
    }
    return SwitchModel(
      model.value,
      SwitchParameters(
        probability: segment.probability?.value.fraction, hold: segment.hold?.value,
        apiDelay: segment.apiDelay?.value, robot: segment.robot?.value,
        ageingTime: segment.ageingTime?.value))
  }
}
