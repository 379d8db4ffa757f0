import Measurement
import Packets
import TopologyModel

/// Who answers without saying a number. Of those who are no nodes of the run each has a number, which is told with what is
/// known of him before his first answer is.
struct Responders {
  private let first: NodeID
  /// The nodes of the run, by what tells them.
  private let nodes: [Responder: NodeID]
  private var known: [Responder] = []
  private var latest: (responder: Responder, number: NodeID)?

  /// Of more than this nothing is told apart.
  private static let most = 256

  init(first: NodeID, nodes: [Responder: NodeID]) {
    self.first = first
    self.nodes = nodes
  }

  /// Of whoever answered last.
  var latestNumber: NodeID? { latest?.number }

  mutating func number(
    of responder: Responder, at instant: Timestamp, _ buffer: inout ObservationBuffer
  ) -> NodeID {
    if let latest, latest.responder == responder { return latest.number }
    if let node = nodes[responder] {
      latest = (responder, node)
      return node
    }
    let index =
      known.firstIndex(of: responder) ?? add(responder, at: instant, &buffer) ?? known.count - 1
    let number = NodeID(Int(first.rawValue) + index)
    latest = (responder, number)
    return number
  }

  private mutating func add(
    _ responder: Responder, at instant: Timestamp, _ buffer: inout ObservationBuffer
  ) -> Int? {
    guard known.count < Responders.most else { return nil }
    known.append(responder)
    buffer.append(
      .identified(
        responder: NodeID(Int(first.rawValue) + known.count - 1), as: responder, at: instant))
    return known.count - 1
  }
}
