import Measurement
import NodeAgent
import Packets
import TopologyModel

/// A file in pcapng format.
package struct CaptureFile: Sendable {
  package var transition: Int
  /// The name of the node that saw it.
  package var node: String
  package var bytes: [UInt8]
}

/// The frames of a slow transition as files for Wireshark, one a node, with comments on the frames
/// that decide.
struct TransitionCapture {
  let record: TransitionRecord
  let begin: Timestamp
  let end: Timestamp
  private let vip: IPAddress
  private let old: NodeID?
  private let new: PathRoster.Member?
  /// Nodes whose frames have not come.
  private(set) var awaited: Set<NodeID>

  /// What is kept from before the transition's window.
  private static let before = TimeSpan.milliseconds(100)

  init(_ finished: TransitionLedger.Finished, on roster: PathRoster) {
    record = finished.record
    begin = finished.span.begin - TransitionCapture.before
    end = finished.span.closed
    vip = roster.vip
    old = roster.members.first { [record] in $0.name == record.from }?.node
    new = roster.members.first { [record] in $0.name == record.to }
    awaited = Set(roster.members.map(\.node))
  }

  /// What `member` saw.
  mutating func file(of frames: KeptFrames, at member: PathRoster.Member) -> CaptureFile {
    awaited.remove(member.node)
    var file = PcapNG(
      interface: member.name, snapLength: KeptFrames.snapLength, application: "vipjuggler")
    var said: Set<String> = []
    var first = frames.missingUntil.map {
      "what was seen in the \($0 - begin) before was not kept: there was no room"
    }
    for frame in frames.inOrder {
      let comment = comment(on: frame, at: member).flatMap { said.insert($0).inserted ? $0 : nil }
      let all = [first, comment].compactMap { $0 }
      first = nil
      file.append(
        frame.kept, length: frame.length, at: frame.at,
        comment: all.isEmpty ? nil : all.joined(separator: "; "))
    }
    return CaptureFile(transition: record.index, node: member.name, bytes: file.bytes)
  }

  /// What is to be said of the first frame of its kind.
  private func comment(on frame: KeptFrames.Frame, at member: PathRoster.Member) -> String? {
    guard frame.at >= record.scheduled else { return nil }
    let parsed = frame.kept.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      return try? CapturedFrame(parsing: &reader)
    }
    if case .announcement(vip, let mac, _) = parsed {
      guard let new, new.mac == mac else { return nil }
      return "\(new.name) announces that \(vip) is with it now"
    }
    guard parsed?.probeDestination == member.mac, member.role == .server else { return nil }
    if member.node == new?.node { return "a probe has reached the new holder" }
    guard member.node != old || record.addressRemoved.map({ $0 <= frame.at }) ?? false else {
      return nil
    }
    return "\(member.name) does not hold \(vip): a misdirected probe"
  }
}
