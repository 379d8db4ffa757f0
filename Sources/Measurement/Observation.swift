package import Packets
package import TopologyModel

/// What a node saw, on its own clock. What comes in streams is compressed into runs: in steady state
/// an element a stream and flush.
package enum Observation: Hashable, Codable, Sendable {
  /// At the prober.
  case fates(run: FateRun)
  /// More answers to a probe than one; it was sent at that instant.
  case duplicated(stream: StreamID, sent: Timestamp, count: Int)
  /// Two machines answered one probe.
  case contested(at: Timestamp, by: NodeID, and: NodeID)
  /// At a server.
  case arrivals(run: ArrivalRun)
  case reflected(run: ReflectionRun)

  /// The node has the VIP, which it was to have from `due` on.
  case claimed(at: Timestamp, due: Timestamp)
  case released(at: Timestamp)
  /// The kernel did not do it, as when somebody has taken the interface away.
  case refused(deed: String, at: Timestamp, reason: String)
  /// The node told the segment that it holds the VIP.
  case announced(at: Timestamp)
  /// Another program gave the node the VIP, or took it away.
  case foreignClaim(at: Timestamp)
  case foreignRelease(at: Timestamp)

  /// Somebody's announcement came.
  case announcementSeen(of: MACAddress, at: Timestamp, form: AnnouncementForm? = nil)
  /// Whose answers are told of by that number, where nobody says who holds the VIP.
  case identified(responder: NodeID, as: Responder, at: Timestamp)
  /// The node's neighbour entry for the VIP, as it is from then on.
  case neighbour(entry: NeighbourView)
  case linkDown(at: Timestamp)
  /// Something was broken on purpose, or mended, which was to be done at `due`.
  case broken(FaultName, at: Timestamp, due: Timestamp)
  case mended(FaultName, at: Timestamp, due: Timestamp)
  /// The program that decides there when it holds the VIP has ended by itself; its last words.
  case daemonEnded(at: Timestamp, words: String)
  /// The node was made to ping the own address of that server.
  case pinged(server: ServerIndex, at: Timestamp)

  /// The machine or this program was at fault, not the path, between these instants.
  case fault(OwnFault, since: Timestamp, at: Timestamp)
  /// Something of the network was missed that bears on causes only.
  case blurred(at: Timestamp, reason: String)
  /// How probes fared, where that says more than that they were lost or late.
  case remarked(at: Timestamp, what: String, times: Int)

  /// Packets came to the port of the probes that are not of this run, or were sent again.
  case foreign(at: Timestamp, packets: Int)

  /// What a probe told of the clock of the node that answered it.
  case clocked(by: NodeID, exchange: ClockExchange)

  /// Nothing earlier will follow.
  case upTo(at: Timestamp)
}

extension Observation {
  /// Whether somebody heard from where `mac` is: an announcement, or the answer to a question for it.
  func isHearing(of mac: MACAddress) -> Bool {
    switch self {
    case .announcementSeen(mac, _, _): true
    case .neighbour(let entry): entry.mac == mac && entry.state == .reachable
    default: false
    }
  }
}
