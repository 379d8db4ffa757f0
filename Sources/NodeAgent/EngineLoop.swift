package import LinuxNet
import Measurement
import Packets
import TopologyModel

/// Serves the engines of some nodes on one thread: waits for what comes first, hands orders to them
/// and what they saw on.
package struct EngineLoop: ~Copyable {
  private let table: EngineTable
  private let mailbox: Mailbox
  private let reports: ReportQueue
  private let poll: EventPoll
  private let packets = PacketBatch(capacity: NodeEngine.mostAtOnce)
  private let counters = KernelCounters()
  private var lost = (packets: 0, entries: 0)
  private var lastLook = Timestamp(nanoseconds: 0)

  /// A clock that is set back is noticed when this has passed.
  private static let longestSleep = TimeSpan.seconds(1)
  private static let mailTag = UInt64.max

  package init(
    _ places: [(settings: NodeEngine.Settings, port: PathPort)], mailbox: Mailbox,
    reports: ReportQueue
  ) throws(KernelError) {
    let poll = try EventPoll()
    let table = EngineTable(count: places.count) {
      NodeEngine(places[$0].settings, port: places[$0].port)
    }
    for index in table.all.indices {
      for source in NodeEngine.Source.allCases {
        guard let descriptor = table.all[index].awaited(source) else { continue }
        try poll.add(descriptor, tag: source.rawValue << 32 | UInt64(index))
      }
    }
    try poll.add(mailbox.descriptor, tag: EngineLoop.mailTag)
    self.poll = poll
    self.table = table
    self.mailbox = mailbox
    self.reports = reports
  }

  private var engines: UnsafeMutableBufferPointer<NodeEngine> { table.all }

  /// Until the mailbox is closed.
  package mutating func run() {
    while true {
      let now = WallClock.now
      var deadline = now + EngineLoop.longestSleep
      for index in engines.indices { engines[index].move(now, with: packets) }
      for index in engines.indices { engines[index].probe(now, with: packets) }
      for index in engines.indices { deadline = min(deadline, engines[index].nextDeadline) }
      let ready = poll.wait(timeout: deadline - WallClock.now)
      for index in 0..<ready {
        let tag = poll.tag(index)
        if tag == EngineLoop.mailTag {
          guard takeMail() else { return }
        } else if let source = NodeEngine.Source(rawValue: tag >> 32) {
          engines[Int(tag & 0xffff_ffff)].handle(source, with: packets)
        }
      }
      settle(WallClock.now)
    }
  }

  private mutating func settle(_ now: Timestamp) {
    // What is about to be told as known must not lack what went wrong until then.
    if engines.indices.contains(where: { engines[$0].isFlushDue(at: now) }) { look(now) }
    for index in engines.indices {
      engines[index].settle(now, with: packets)
      handOver(index)
    }
  }

  /// What one kernel does to all its nodes.
  private mutating func look(_ now: Timestamp) {
    defer { lastLook = now }
    let latest = (packets: counters.backlogDrops, entries: counters.neighbourShortages)
    let drops = latest.packets - lost.packets
    let refusals = latest.entries - lost.entries
    lost = latest
    for index in engines.indices {
      if drops > 0 {
        engines[index].blame(.backlogFull(packets: drops), since: lastLook, at: now)
      }
      if refusals > 0 {
        engines[index].blame(.neighbourTableFull(times: refusals), since: lastLook, at: now)
      }
    }
  }

  /// Whether the loop goes on.
  private mutating func takeMail() -> Bool {
    guard let orders = mailbox.take() else { return false }
    // What was lost while the engines rested is nobody's fault.
    look(WallClock.now)
    for (node, order) in orders {
      for index in engines.indices where engines[index].node == node {
        // What was seen before it is told before what comes of it.
        handOver(index, all: true)
        engines[index].obey(order)
        if case .rest = order { reports.append(.rested, from: node) }
      }
    }
    return true
  }

  /// What an engine saw goes on at a flush, or at once where somebody is waiting for it.
  private mutating func handOver(_ index: Int, all: Bool = false) {
    let node = engines[index].node
    if engines[index].buffer.isUrgent || all, !engines[index].buffer.observations.isEmpty {
      reports.append(.observed(all: engines[index].buffer.take()), from: node)
    }
    while let (transition, frames) = engines[index].kept.popLast() {
      reports.append(.kept(transition: transition, frames: frames), from: node)
    }
  }
}

/// The engines of a loop, in memory that does not move.
private struct EngineTable: ~Copyable {
  let all: UnsafeMutableBufferPointer<NodeEngine>

  init(count: Int, make: (Int) -> NodeEngine) {
    all = .allocate(capacity: count)
    for index in 0..<count { all.initializeElement(at: index, to: make(index)) }
  }

  deinit {
    all.deinitialize()
    all.deallocate()
  }
}
