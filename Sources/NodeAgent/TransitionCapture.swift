import FailoverMethods
import LinuxNet
import Measurement
import Packets

/// The frames of a slow transition at one node as a file for Wireshark, with comments on the frames
/// that decide.
struct TransitionCapture {
  private let transition: OpenTransition
  private let ports: [PathPort]
  private let servers: [Int]

  /// What is kept from before the transition's window.
  private static let before = TimeSpan.milliseconds(100)

  init(_ transition: OpenTransition, ports: [PathPort], servers: [Int]) {
    self.transition = transition
    self.ports = ports
    self.servers = servers
  }

  /// `nil` where nothing is recorded.
  func file(of port: Int) -> [UInt8]? {
    guard let recorder = ports[port].recorder else { return nil }
    var file = PcapNG(
      interface: ports[port].name, snapLength: FrameRecorder.snapLength, application: "vipjuggler")
    var said: Set<String> = []
    let begin = transition.begin - TransitionCapture.before
    for frame in recorder.frames(from: begin, to: transition.closed) {
      let comment = comment(on: frame, at: port).flatMap { said.insert($0).inserted ? $0 : nil }
      file.append(frame.kept, length: frame.length, at: frame.at, comment: comment)
    }
    return file.bytes
  }

  /// What is to be said of the first frame of its kind.
  private func comment(on frame: FrameRecorder.Frame, at port: Int) -> String? {
    let (old, new) = (transition.turn.from.map { servers[$0] }, servers[transition.turn.to])
    let parsed = frame.kept.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      return try? CapturedFrame(parsing: &reader)
    }
    switch parsed {
    case .announcement(ports[new].vip, ports[new].mac) where frame.at >= transition.turn.scheduled:
      return "\(ports[new].name) announces that \(ports[new].vip) is with it now"
    case .probe(_, let destination)
    where destination == ports[port].mac && ports[port].isServer
      && frame.at >= transition.turn.scheduled:
      if port == new { return "a probe has reached the new holder" }
      guard port != old || transition.addressRemoved.map({ $0 <= frame.at }) ?? false else {
        return nil
      }
      return "\(ports[port].name) does not hold \(ports[port].vip): a misdirected probe"
    default:
      return nil
    }
  }
}
