package import Measurement
package import Packets

/// How an address was watched.
package struct WatchDescription: Codable, Hashable, Sendable {
  /// The host that watched it, by its name, and the interface that it did so by.
  package var host: String
  package var interface: String
  /// The router between; `null` where the address is on a segment of that host.
  @Nullable package var gateway: String?
  /// What it was probed with, as `--probe` has it.
  package var probe: String
  package var every: TimeSpan
  /// Whether frames were captured, so that announcements were seen.
  package var seesFrames: Bool
  /// Whether anybody ever answered.
  package var hasAnswered: Bool
  /// Probes that belong to no transition.
  package var aside: ProbeCount
  /// Those before the first answer, which count nowhere else.
  package var unheard: ProbeCount
  /// Those that did not leave that host, and why; `null` where all did.
  @Nullable package var unsent: Unsent?
  /// How long that host held the address itself; nothing was probed then.
  package var heldItself: TimeSpan
  /// Those who answered one probe with each other: both held the address.
  package var answeredTogether: [[String]]

  package init(
    host: String, interface: String, gateway: String?, probe: String, every: TimeSpan,
    seesFrames: Bool, hasAnswered: Bool, aside: ProbeCount, unheard: ProbeCount, unsent: Unsent?,
    heldItself: TimeSpan, answeredTogether: [[String]]
  ) {
    self.host = host
    self.interface = interface
    self.probe = probe
    self.every = every
    self.seesFrames = seesFrames
    self.hasAnswered = hasAnswered
    self.aside = aside
    self.unheard = unheard
    self.heldItself = heldItself
    self.unsent = unsent
    self.answeredTogether = answeredTogether
    self.gateway = gateway
  }

  package struct Unsent: Codable, Hashable, Sendable {
    package var probes: Int
    package var reason: String

    package init(probes: Int, reason: String) {
      self.probes = probes
      self.reason = reason
    }
  }

  private enum CodingKeys: String, CodingKey {
    case unsent = "not_sent"
    case host, interface, gateway, probe, aside
    case every = "every_ns"
    case seesFrames = "sees_frames"
    case hasAnswered = "answered"
    case unheard = "before_first_answer"
    case heldItself = "held_itself_ns"
    case answeredTogether = "answered_together"
  }
}
