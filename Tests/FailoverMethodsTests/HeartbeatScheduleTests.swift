import FailoverMethods
import Packets
import Testing
import TopologyModel

/// What comes of thousands of seeded faults, one after the other, in a pair on a network that delays and
/// loses their words.
@Suite struct HeartbeatScheduleTests {
  private enum Fault: CaseIterable {
    /// The process ends, and its address goes.
    case crash
    /// The process ends; the address stays.
    case kill
    /// The process stands still.
    case stop
    /// No word gets to the other any longer, or both ways.
    case partition, partitionBothWays
  }

  private static let settings = HeartbeatSettings(every: .milliseconds(10))
  /// Of a word at most, and of an announcement.
  private static let delay = TimeSpan.milliseconds(2)
  /// One in so many words is lost.
  private static let lossOf = 50
  /// Between the end of a fault and the next one.
  private static let calm = TimeSpan.milliseconds(100)

  /// What the documentation says of an outage: from a crash to the other's first announcement.
  private static let bound = settings.patience(priority: 100) + 2 * delay

  /// A pair, the network between them, and a client.
  private struct Pair {
    var now = Timestamp(nanoseconds: 1_000_000_000_000)
    var servers: [Heartbeat?]
    var areStopped = [false, false]
    var haveVIP = [false, false]
    var isCut = [false, false]
    var words: [(at: Timestamp, to: Int, packet: HeartbeatPacket)] = []
    var announcements: [(at: Timestamp, by: Int)] = []
    /// Where the client's packets go, and since when nobody has the VIP there.
    var entry: Int?
    var silentSince: Timestamp?
    var longestOutage = TimeSpan.zero
    var random: SplitMix64
    private var started: UInt32 = 0

    init(seed: UInt64) {
      random = SplitMix64(state: seed)
      servers = [nil, nil]
      start(0)
      start(1)
    }

    mutating func start(_ server: Int) {
      started += 100
      servers[server] = Heartbeat(
        .announcedOnce(HeartbeatScheduleTests.settings), priority: server == 0 ? 200 : 100,
        pair: 1,
        countingFrom: started, at: now)
    }

    mutating func begin(_ fault: Fault, at server: Int) {
      switch fault {
      case .crash: (servers[server], haveVIP[server]) = (nil, false)
      case .kill: servers[server] = nil
      case .stop: areStopped[server] = true
      case .partition: isCut[server] = true
      case .partitionBothWays: isCut = [true, true]
      }
      look()
    }

    mutating func end(_ fault: Fault, at server: Int) {
      switch fault {
      case .crash, .kill: start(server)
      case .stop: areStopped[server] = false
      case .partition, .partitionBothWays: isCut = [false, false]
      }
    }

    /// Everything that happens within that time.
    mutating func run(_ span: TimeSpan) {
      let end = now + span
      while true {
        let due = servers.indices.compactMap { areStopped[$0] ? nil : servers[$0]?.nextDeadline }
        let coming = words.filter { !areStopped[$0.to] }.map(\.at)
        let next = (due + coming + announcements.map(\.at)).min() ?? end
        now = max(now, min(next, end))
        hear()
        for server in servers.indices where !areStopped[server] { act(server) }
        look()
        if next >= end { return }
      }
    }

    private mutating func hear() {
      for announcement in announcements where announcement.at <= now { entry = announcement.by }
      announcements.removeAll { $0.at <= now }
    }

    private mutating func act(_ server: Int) {
      if servers[server]?.hasStoodStill(at: now) == true {
        words.removeAll { $0.to == server && $0.at <= now }
      }
      for word in words where word.to == server && word.at <= now {
        servers[server]?.hear(word.packet, at: now)
      }
      words.removeAll { $0.to == server && $0.at <= now }
      while let effect = servers[server]?.step(at: now) {
        switch effect {
        case .claim: haveVIP[server] = true
        case .release: haveVIP[server] = false
        // A switch does not put one before another.
        case .announce: announcements.append((now + HeartbeatScheduleTests.delay, server))
        case .send(let packet):
          guard !isCut[server],
            Int.random(in: 0..<HeartbeatScheduleTests.lossOf, using: &random) > 0
          else { continue }
          words.append((now + delay(), 1 - server, packet))
        }
      }
    }

    private mutating func delay() -> TimeSpan {
      TimeSpan(
        nanoseconds: Int64.random(
          in: 1...HeartbeatScheduleTests.delay.nanoseconds, using: &random))
    }

    /// What the client has of it.
    private mutating func look() {
      let isServed = entry.map { haveVIP[$0] } ?? true
      if isServed {
        silentSince.map { longestOutage = max(longestOutage, now - $0) }
        silentSince = nil
      } else {
        silentSince = silentSince ?? now
      }
    }
  }

  @Test func theNetworkHealedThereIsOneHolderAndClientsKnowIt() {
    var longest = TimeSpan.zero
    for seed in 0..<UInt64(10_000) {
      var pair = Pair(seed: seed)
      pair.run(HeartbeatScheduleTests.calm)
      for _ in 0..<2 {
        let fault = Fault.allCases.randomElement(using: &pair.random)!
        let server = Int.random(in: 0...1, using: &pair.random)
        pair.begin(fault, at: server)
        pair.run(.milliseconds(Int64.random(in: 1...80, using: &pair.random)))
        pair.end(fault, at: server)
        pair.run(HeartbeatScheduleTests.calm)
        let holders = pair.haveVIP.indices.filter { pair.haveVIP[$0] }
        #expect(holders.count == 1, "seed \(seed) \(fault) \(server)")
        #expect(pair.entry == holders.first, "seed \(seed)")
      }
      longest = max(longest, pair.longestOutage)
      #expect(pair.longestOutage <= HeartbeatScheduleTests.bound, "seed \(seed)")
    }
    // It is no bound that nothing comes near.
    #expect(longest > HeartbeatScheduleTests.settings.dead)
  }
}
