import LinuxNet
import Synchronization

/// Where frames are sent by several threads, one whole frame after another.
final class SessionLine: Sendable {
  let stream: StreamEnd
  private let sending = Mutex(())

  init(_ stream: StreamEnd) { self.stream = stream }

  func send(_ frame: SessionFrame) {
    sending.withLock { _ in _ = stream.write(frame.bytes) }
  }
}
