import LinuxNet
import Measurement
import Packets

/// One node's stream of probes and the loss it sees.
struct Prober: ~Copyable {
  /// `nil` at a node that does not probe.
  private let socket: Int32?
  private let session: ProbeTLV
  private let packet: UnsafeMutableRawBufferPointer
  private var isProbing = false
  private var start = Timestamp.distantFuture
  private var isResuming = false
  var ring: ProbeRing
  var tracker: LossTracker
  /// The transition that its oldest probe belongs to.
  var window: Int

  init(socket: Int32?, session: ProbeTLV, interval: TimeSpan, ringSize: Int, window: Int) {
    self.socket = socket
    self.session = session
    self.window = window
    packet = .allocate(
      byteCount: StampSenderPacket.wireLength, alignment: MemoryLayout<UInt64>.alignment)
    ring = ProbeRing(holding: ringSize)
    tracker = LossTracker(interval: interval)
  }

  deinit { packet.deallocate() }

  func isProbing(at instant: Timestamp) -> Bool { isProbing && start <= instant }

  mutating func resume(from instant: Timestamp) {
    guard socket != nil else { return }
    start = instant
    isResuming = isResuming || !isProbing
    isProbing = true
  }

  mutating func pause() { isProbing = false }

  /// Sends the next probe. One that the kernel refuses counts as sent and lost.
  mutating func send() {
    guard let socket else { return }
    let now = WallClock.now
    var writer = ByteWriter(packet)
    StampSenderPacket(
      sequence: ring.next, timestamp: now, sessionID: session.sender &+ 1, probe: session
    ).write(to: &writer)
    ring.append(sent: now, isResuming: isResuming)
    isResuming = false
    UDPSocket.send(UnsafeRawBufferPointer(packet), on: socket)
  }
}

/// The probers of an engine, in memory that does not move.
struct ProberTable: ~Copyable {
  let all: UnsafeMutableBufferPointer<Prober>

  init(count: Int, make: (Int) -> Prober) {
    all = .allocate(capacity: count)
    for index in 0..<count { all.initializeElement(at: index, to: make(index)) }
  }

  deinit {
    all.deinitialize()
    all.deallocate()
  }
}
