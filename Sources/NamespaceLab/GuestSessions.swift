import Foundation
import LinuxNet
import Synchronization

/// The programs in the lab kernel that were started from outside.
final class GuestSessions: Sendable {
  private let line: SessionLine
  private let running = Mutex<[UInt16: GuestSession]>([:])

  /// `line` leads out.
  init(_ line: StreamEnd) { self.line = SessionLine(line) }

  func send(_ frame: SessionFrame) { line.send(frame) }

  /// Does what comes in by `calls`, for ever.
  func serve(_ calls: StreamEnd) {
    var frames = SessionFrames()
    while true {
      let bytes = calls.read()
      send(
        SessionFrame(
          kind: .arrived, payload: withUnsafeBytes(of: UInt32(bytes.count).bigEndian, Array.init)))
      for frame in (try? frames.take(bytes)) ?? [] { take(frame) }
    }
  }

  private func take(_ frame: SessionFrame) {
    if frame.kind == .open { return open(frame) }
    let session = running.withLock { $0[frame.session] }
    session?.take(frame)
  }

  private func open(_ frame: SessionFrame) {
    do {
      let request = try JSONDecoder().decode(SessionRequest.self, from: Data(frame.payload))
      let session = try GuestSession(request)
      running.withLock { $0[frame.session] = session }
      if session.folder != request.folder {
        complain("\(request.folder) is not there in the lab kernel; in / instead", frame.session)
      }
      session.begin(frame.session, in: self)
    } catch {
      complain("\(error)", frame.session)
      send(SessionFrame(session: frame.session, kind: .ended, payload: [1]))
    }
  }

  private func complain(_ text: String, _ session: UInt16) {
    let bytes = Array("vipjuggler: \(text)\n".utf8)
    send(SessionFrame(session: session, kind: .errors, payload: bytes))
  }

  func end(_ session: UInt16, code: Int32) {
    running.withLock { $0[session] = nil }
    send(
      SessionFrame(session: session, kind: .ended, payload: [UInt8(truncatingIfNeeded: code)]))
  }
}
