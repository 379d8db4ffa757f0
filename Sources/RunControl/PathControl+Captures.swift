import LinuxNet
import Measurement
import NodeAgent
import Packets
import TopologyModel

/// The frames of slow transitions.
extension PathControl {
  func keep(_ finished: TransitionLedger.Finished) {
    let capture = TransitionCapture(finished, on: roster)
    captures[finished.record.index] = capture
    for member in roster.members where !lost.contains(member.node) {
      let ahead = ledger.clocks.ahead(member.node, at: capture.begin)
      fleet.send(
        .keep(
          transition: finished.record.index, begin: capture.begin + ahead,
          end: capture.end + ahead), to: member.node)
    }
  }

  func write(_ frames: KeptFrames, of transition: Int, at node: NodeID) {
    guard let member = roster.member(node), let capture = captures[transition] else { return }
    // The frames of all nodes by one clock.
    let ahead = ledger.clocks.ahead(node, at: capture.begin)
    guard
      let file = captures[transition]?.file(
        of: ahead == .zero ? frames : frames.moved(by: .zero - ahead), at: member)
    else { return }
    tell(.capture(file))
    if captures[transition]?.awaited.isEmpty ?? false { captures[transition] = nil }
  }
}
