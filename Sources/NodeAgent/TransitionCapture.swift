import LinuxNet
import Measurement
import Packets

/// The frames of a slow transition at one node as a file for Wireshark, with comments on the frames
/// that decide.
struct TransitionCapture {
  let request: CaptureRequest
  let port: PathPort

  /// What is kept from before the transition's window.
  private static let before = TimeSpan.milliseconds(100)

  /// `nil` where nothing is recorded.
  var file: CaptureFile? {
    guard let recorder = port.recorder else { return nil }
    var file = PcapNG(
      interface: port.name, snapLength: FrameRecorder.snapLength, application: "vipjuggler")
    var said: Set<String> = []
    let begin = request.begin - TransitionCapture.before
    for frame in recorder.frames(from: begin, to: request.closed) {
      let comment = comment(on: frame).flatMap { said.insert($0).inserted ? $0 : nil }
      file.append(frame.kept, length: frame.length, at: frame.at, comment: comment)
    }
    return CaptureFile(transition: request.transition, node: port.name, bytes: file.bytes)
  }

  /// What is to be said of the first frame of its kind.
  private func comment(on frame: FrameRecorder.Frame) -> String? {
    guard frame.at >= request.scheduled else { return nil }
    let parsed = frame.kept.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      return try? CapturedFrame(parsing: &reader)
    }
    switch parsed {
    case .announcement(port.vip, let mac):
      guard let new = request.new, new.mac == mac else { return nil }
      return "\(new.name) announces that \(port.vip) is with it now"
    case .probe(_, port.mac) where port.isServer:
      if port.node == request.new?.node { return "a probe has reached the new holder" }
      guard port.node != request.old || request.removed.map({ $0 <= frame.at }) ?? false else {
        return nil
      }
      return "\(port.name) does not hold \(port.vip): a misdirected probe"
    default:
      return nil
    }
  }
}
