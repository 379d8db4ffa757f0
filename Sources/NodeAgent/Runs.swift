import Measurement
import Packets
import TopologyModel

/// Probes of one stream, decided in the order of their sending, compressed into runs.
struct FateRuns {
  private let stream: StreamID
  private let interval: TimeSpan
  private let tolerance: TimeSpan
  private var open: FateRun?

  init(_ stream: StreamID, interval: TimeSpan) {
    self.stream = stream
    self.interval = interval
    // What a run leaves out of an instant of sending.
    tolerance = max(interval / 2, .microseconds(200))
  }

  mutating func record(_ probe: ProbeRing.Decided, into buffer: inout ObservationBuffer) {
    // Numbers begin anew after 2^32; a run does not.
    if open?.fate == probe.fate, !probe.isResuming, probe.sequence != 0, isPaced(probe) {
      open?.sequences.last = probe.sequence
      open?.last = probe.sent
    } else {
      flush(into: &buffer)
      open = FateRun(
        stream: stream, sequences: SequenceRange(probe.sequence), fate: probe.fate,
        first: probe.sent, last: probe.sent, answered: probe.answered,
        isResuming: probe.isResuming)
    }
  }

  /// Whether it was sent about when the pace of the run says.
  private func isPaced(_ probe: ProbeRing.Decided) -> Bool {
    guard let open else { return false }
    let off = probe.sent - (open.first + open.sequences.count * interval)
    return max(off, .zero - off) <= tolerance
  }

  mutating func flush(into buffer: inout ObservationBuffer) {
    if let run = open { buffer.append(.fates(run: run)) }
    open = nil
  }
}

/// Probes that come in at a server, stream by stream, compressed into runs.
struct ArrivalRuns {
  private var open: [ArrivalRun?]
  /// What comes later than this after the last one came by another way, or after a pause.
  private let longestGap: TimeSpan
  private let interval: TimeSpan
  /// Of each stream the probe that came last but for what was sent again; empty where the kernel sends
  /// nothing again.
  private var latest: [(sequence: UInt32, at: Timestamp)?]

  init(_ settings: NodeEngine.Settings) {
    open = Array(repeating: nil, count: settings.nodes)
    interval = settings.probe.every
    longestGap = max(.milliseconds(5), 5 * interval)
    latest = settings.probe.kind.connects ? Array(repeating: nil, count: settings.nodes) : []
  }

  /// The ages at which a SYN comes again (RFC 6298): after a second, and two and three more, less half
  /// of the first for what held it up.
  private static let ages = TimeSpan.milliseconds(500)...TimeSpan.seconds(4)

  /// Whether it is a SYN that was here before: that one told where the VIP is not.
  private mutating func isSentAgain(_ sequence: UInt32, _ slot: Int, at now: Timestamp) -> Bool {
    guard latest.indices.contains(slot) else { return false }
    if let (last, instant) = latest[slot], now - instant < ArrivalRuns.ages.upperBound {
      let age = PortNumbering.distance(from: sequence, to: last) * interval + (now - instant)
      if ArrivalRuns.ages.contains(age) { return true }
    }
    latest[slot] = (sequence, now)
    return false
  }

  mutating func record(
    _ sequence: UInt32, of stream: StreamID, isHeld: Bool, destination: MACAddress,
    at instant: Timestamp, into buffer: inout ObservationBuffer
  ) {
    let slot = Int(stream.prober.rawValue)
    guard open.indices.contains(slot), isHeld || !isSentAgain(sequence, slot, at: instant)
    else { return }
    if let run = open[slot], run.sequences.last &+ 1 == sequence, sequence != 0,
      run.isHeld == isHeld, run.destination == destination, instant - run.last <= longestGap
    {
      open[slot]?.sequences.last = sequence
      open[slot]?.last = instant
    } else {
      if let run = open[slot] { buffer.append(.arrivals(run: run)) }
      open[slot] = ArrivalRun(
        stream: stream, sequences: SequenceRange(sequence), isHeld: isHeld,
        destination: destination, first: instant, last: instant)
    }
  }

  mutating func flush(into buffer: inout ObservationBuffer) {
    for slot in open.indices {
      guard let run = open[slot] else { continue }
      buffer.append(.arrivals(run: run))
      open[slot] = nil
    }
  }
}

/// Probes that a server answered, stream by stream, compressed into runs.
struct ReflectionRuns {
  private var open: [SequenceRange?]

  init(nodes: Int) { open = Array(repeating: nil, count: nodes) }

  mutating func record(
    _ sequence: UInt32, of stream: StreamID, into buffer: inout ObservationBuffer
  ) {
    let slot = Int(stream.prober.rawValue)
    guard open.indices.contains(slot) else { return }
    if let run = open[slot], run.last &+ 1 == sequence, sequence != 0 {
      open[slot]?.last = sequence
    } else {
      append(slot, to: &buffer)
      open[slot] = SequenceRange(sequence)
    }
  }

  mutating func flush(into buffer: inout ObservationBuffer) {
    for slot in open.indices { append(slot, to: &buffer) }
  }

  private mutating func append(_ slot: Int, to buffer: inout ObservationBuffer) {
    guard let run = open[slot] else { return }
    let stream = StreamID(prober: NodeID(slot))
    buffer.append(.reflected(run: ReflectionRun(stream: stream, sequences: run)))
    open[slot] = nil
  }
}
