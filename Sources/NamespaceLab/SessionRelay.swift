import LinuxNet

/// Carries sessions between callers on this machine and the lab kernel.
final class SessionRelay {
  private let door: LocalSocket
  private let calls: StreamEnd
  private var callers: [UInt16: Caller] = [:]
  private var latest: UInt16 = 0
  private var fromGuest = SessionFrames()
  /// What waits for its turn on the line, and how much of what was sent is not known to have arrived.
  private var waiting: [UInt8] = []
  private var underWay = 0

  private final class Caller {
    let stream: StreamEnd
    var frames = SessionFrames()

    init(_ stream: StreamEnd) { self.stream = stream }
  }

  /// `calls` leads to the lab kernel.
  init(_ door: LocalSocket, calls: StreamEnd) {
    self.door = door
    self.calls = calls
  }

  var descriptor: Descriptor { door.descriptor }

  /// Lets a caller in that waits at the door, if it is the same user's: its number and what to wait
  /// for.
  func accept(user: UInt32) -> (session: UInt16, descriptor: Descriptor)? {
    guard let caller = try? door.accept(), caller.isPeer(user: user),
      callers.count < SessionRelay.most
    else { return nil }
    repeat { latest &+= 1 } while callers[latest] != nil
    callers[latest] = Caller(caller.stream)
    return (latest, caller.descriptor)
  }

  private static let most = 256

  /// Passes on what a caller says.
  func hear(_ session: UInt16) {
    guard let caller = callers[session] else { return }
    let bytes = caller.stream.read()
    guard !bytes.isEmpty, let frames = try? caller.frames.take(bytes) else {
      callers[session] = nil
      return send(SessionFrame(session: session, kind: .abandoned))
    }
    for var frame in frames {
      frame.session = session
      send(frame)
    }
  }

  /// A line of the lab kernel loses what comes faster than it is read, but for half of the 4096 bytes
  /// that it has room for.
  private static let room = 2048

  private func send(_ frame: SessionFrame) {
    waiting += frame.bytes
    sendMore()
  }

  private func sendMore() {
    let next = waiting.prefix(max(0, SessionRelay.room - underWay))
    guard !next.isEmpty else { return }
    calls.write(Array(next))
    waiting.removeFirst(next.count)
    underWay += next.count
  }

  /// Passes on what the lab kernel says.
  func heard(_ bytes: [UInt8]) throws {
    for frame in try fromGuest.take(bytes) {
      if frame.kind == .arrived {
        underWay -= frame.payload.reduce(0) { $0 << 8 | Int($1) }
        sendMore()
      }
      guard let caller = callers[frame.session] else { continue }
      caller.stream.write(frame.bytes)
      if frame.kind == .ended { callers[frame.session] = nil }
    }
  }
}
