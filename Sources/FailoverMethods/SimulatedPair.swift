package import Packets
package import TopologyModel

/// What a network does to each word that crosses it, by chance.
package struct SimulatedNetwork: Hashable, Sendable {
  package var delay: ClosedRange<TimeSpan>
  /// The share of words that are lost, 0 to 1.
  package var loss: Double

  package init(delay: ClosedRange<TimeSpan>, loss: Double) {
    self.delay = delay
    self.loss = loss
  }
}

/// A pair of heartbeat servers, the network between them, and a client, in a time of their own that
/// passes as fast as the machine can. The first has the higher priority.
package struct SimulatedPair: Sendable {
  package enum Fault: CaseIterable, Sendable {
    /// The process ends, and its address goes.
    case crash
    /// The process ends; the address stays.
    case kill
    /// The process stands still.
    case stop
    /// No word gets to the other any longer, or both ways.
    case partition, partitionBothWays
  }

  private struct Word {
    var at: Timestamp
    var to: Int
    var packet: HeartbeatPacket
  }

  package private(set) var now = Timestamp(nanoseconds: 1_000_000_000_000)
  package private(set) var haveVIP = [false, false]
  /// When each took the VIP last, and how often it has.
  package private(set) var claimed: [Timestamp?] = [nil, nil]
  package private(set) var claims = [0, 0]
  /// The server that the client's packets go to.
  package private(set) var entry: Int?
  /// That the client's packets went to one without the VIP.
  package private(set) var longestOutage = TimeSpan.zero
  package var random: SplitMix64

  private let failover: FailoverSettings
  private let network: SimulatedNetwork
  private var servers: [Heartbeat?] = [nil, nil]
  private var areStopped = [false, false]
  private var areCut = [false, false]
  private var words: [Word] = []
  private var announcements: [(at: Timestamp, by: Int)] = []
  private var silentSince: Timestamp?
  private var started: UInt32 = 0

  package init(_ failover: FailoverSettings, on network: SimulatedNetwork, seed: UInt64) {
    self.failover = failover
    self.network = network
    random = SplitMix64(state: seed)
    start(0)
    start(1)
  }

  package mutating func begin(_ fault: Fault, at server: Int) {
    switch fault {
    case .crash: (servers[server], haveVIP[server]) = (nil, false)
    case .kill: servers[server] = nil
    case .stop: areStopped[server] = true
    case .partition: areCut[server] = true
    case .partitionBothWays: areCut = [true, true]
    }
    look()
  }

  package mutating func end(_ fault: Fault, at server: Int) {
    switch fault {
    case .crash, .kill: start(server)
    case .stop: areStopped[server] = false
    case .partition, .partitionBothWays: areCut = [false, false]
    }
  }

  /// Everything that happens within that time.
  package mutating func run(_ span: TimeSpan) {
    let end = now + span
    while true {
      let next = min(nextEvent, end)
      now = max(now, next)
      hear()
      for server in 0...1 where !areStopped[server] { act(server) }
      look()
      if next >= end { return }
    }
  }

  /// A number from 0 up to 1.
  package mutating func chance() -> Double { Double(random.next() >> 11) * 0x1p-53 }
}

extension SimulatedPair {
  private mutating func start(_ server: Int) {
    started += 100
    servers[server] = Heartbeat(
      failover, priority: failover.heartbeat.priority(of: server), pair: 1, countingFrom: started,
      at: now)
  }

  private var nextEvent: Timestamp {
    var next = Timestamp.distantFuture
    for server in 0...1 where !areStopped[server] {
      if let deadline = servers[server]?.nextDeadline { next = min(next, deadline) }
    }
    for word in words where !areStopped[word.to] { next = min(next, word.at) }
    for announcement in announcements { next = min(next, announcement.at) }
    return next
  }

  private mutating func hear() {
    guard !announcements.isEmpty else { return }
    for announcement in announcements where announcement.at <= now { entry = announcement.by }
    announcements.removeAll { $0.at <= now }
  }

  private mutating func act(_ server: Int) {
    let hasMissed = servers[server]?.hasStoodStill(at: now) == true
    var kept = 0
    for index in words.indices {
      let word = words[index]
      if word.to == server, word.at <= now {
        if !hasMissed { servers[server]?.hear(word.packet, at: now) }
      } else {
        words[kept] = word
        kept += 1
      }
    }
    words.removeLast(words.count - kept)
    while let effect = servers[server]?.step(at: now) { perform(effect, at: server) }
  }

  private mutating func perform(_ effect: Heartbeat.Effect, at server: Int) {
    switch effect {
    case .claim:
      haveVIP[server] = true
      claimed[server] = now
      claims[server] += 1
    case .release: haveVIP[server] = false
    // A switch does not put one before another.
    case .announce: announcements.append((now + network.delay.upperBound, server))
    case .send(let packet):
      guard !areCut[server], network.loss == 0 || chance() >= network.loss else { return }
      words.append(Word(at: now + delay(), to: 1 - server, packet: packet))
    }
  }

  private mutating func delay() -> TimeSpan {
    let (least, most) = (network.delay.lowerBound, network.delay.upperBound)
    guard least < most else { return least }
    return least + TimeSpan(nanoseconds: Int64(chance() * Double((most - least).nanoseconds)))
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
