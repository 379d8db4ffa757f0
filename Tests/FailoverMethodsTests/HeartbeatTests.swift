import FailoverMethods
import Packets
import Testing
import TopologyModel

/// The diagrams of Red Hat's bug 140414, message by message.
@Suite struct HeartbeatTests {
  /// The heartbeats are a second apart, and three of them are missed.
  private func server(
    priority: UInt8, hasDyingBreath: Bool = true, preempts: Bool = true
  ) -> Heartbeat {
    Heartbeat(
      .announcedOnce(
        HeartbeatSettings(
          every: .seconds(1), preempts: preempts, hasDyingBreath: hasDyingBreath)),
      priority: priority, pair: 7, countingFrom: 1, at: instant(0))
  }

  private func instant(_ milliseconds: Int64) -> Timestamp {
    Timestamp(nanoseconds: 1_000_000_000_000) + .milliseconds(milliseconds)
  }

  /// What it does by then, in words.
  private func steps(_ server: inout Heartbeat, at milliseconds: Int64) -> [String] {
    var words: [String] = []
    while let effect = server.step(at: instant(milliseconds)) {
      switch effect {
      case .claim: words.append("claim")
      case .release: words.append("release")
      case .announce: words.append("announce")
      case .send(let packet): words.append("\(packet.state)")
      }
    }
    return words
  }

  private func word(
    _ state: HeartbeatPacket.State, of priority: UInt8, yields: UInt32 = 1, pair: UInt64 = 7
  ) -> HeartbeatPacket {
    HeartbeatPacket(state: state, priority: priority, yields: yields, pair: pair)
  }

  /// A master that is active, at 4 s, and a backup that has heard so.
  private func pair(hasDyingBreath: Bool) -> (master: Heartbeat, backup: Heartbeat) {
    var master = server(priority: 200, hasDyingBreath: hasDyingBreath)
    var backup = server(priority: 100, hasDyingBreath: hasDyingBreath)
    for milliseconds in stride(from: Int64(0), to: 4_000, by: 1_000) {
      _ = steps(&master, at: milliseconds)
      _ = steps(&backup, at: milliseconds)
    }
    #expect(steps(&master, at: 4_000) == ["claim", "announce", "active"])
    backup.hear(word(.active, of: 200), at: instant(4_000))
    #expect(steps(&backup, at: 4_000) == ["passive"])
    return (master, backup)
  }

  @Test func theOneOfTheHigherPriorityBegins() {
    var master = server(priority: 200)
    var backup = server(priority: 100)
    #expect(steps(&master, at: 0) == ["release", "passive"])
    for milliseconds in [1_000, 2_000, 3_000] as [Int64] {
      #expect(steps(&master, at: milliseconds) == ["passive"])
      #expect(steps(&backup, at: milliseconds).last == "passive")
    }
    // Skew_Time: 56 and 156 of 256 parts of a second.
    #expect(steps(&master, at: 3_218) == [])
    #expect(steps(&master, at: 3_219) == ["claim", "announce", "active"])
    backup.hear(word(.active, of: 200), at: instant(3_220))
    #expect(steps(&backup, at: 3_610) == [])
  }

  @Test func theBackupTakesOverWhenItHearsNothing() {
    var (_, backup) = pair(hasDyingBreath: true)
    for milliseconds in [5_000, 6_000, 7_000] as [Int64] {
      #expect(steps(&backup, at: milliseconds) == ["passive"])
    }
    #expect(steps(&backup, at: 7_609) == [])
    #expect(steps(&backup, at: 7_610) == ["claim", "announce", "active"])
  }

  /// The bug's working case: the backup's word comes before it has given the VIP up.
  @Test func aMasterThatHearsOfAnotherAnnouncesAgain() {
    var (master, backup) = pair(hasDyingBreath: false)
    for milliseconds in stride(from: Int64(5_000), through: 8_000, by: 1_000) {
      _ = steps(&backup, at: milliseconds)
    }
    #expect(master.hasStoodStill(at: instant(8_500)))
    #expect(steps(&master, at: 8_500) == ["active"])
    master.hear(word(.active, of: 100, yields: 0), at: instant(8_501))
    #expect(steps(&master, at: 8_501) == ["announce"])
    backup.hear(word(.active, of: 200, yields: 0), at: instant(8_502))
    #expect(steps(&backup, at: 8_502) == ["release"])
  }

  /// The bug's other case: it gives the VIP up without a word, and nobody announces it.
  @Test func withoutADyingBreathNobodyAnnouncesAgain() {
    var (master, backup) = pair(hasDyingBreath: false)
    for milliseconds in stride(from: Int64(5_000), through: 8_000, by: 1_000) {
      _ = steps(&backup, at: milliseconds)
    }
    #expect(steps(&master, at: 8_500) == ["active"])
    backup.hear(word(.active, of: 200, yields: 0), at: instant(8_501))
    #expect(steps(&backup, at: 8_501) == ["release"])
    for milliseconds in stride(from: Int64(9_500), to: 20_000, by: 1_000) {
      for effect in steps(&backup, at: milliseconds) { #expect(effect == "passive") }
      master.hear(word(.passive, of: 100, yields: 0), at: instant(milliseconds))
      backup.hear(word(.active, of: 200, yields: 0), at: instant(milliseconds))
      #expect(steps(&master, at: milliseconds) == ["active"])
    }
  }

  /// The bug's cure. A dying breath that is lost is made up for by the next word.
  @Test(arguments: [true, false])
  func withADyingBreathTheMasterAnnouncesAgain(isHeard: Bool) {
    var (master, backup) = pair(hasDyingBreath: true)
    master.hear(word(.passive, of: 100), at: instant(4_001))
    for milliseconds in stride(from: Int64(5_000), through: 8_000, by: 1_000) {
      _ = steps(&backup, at: milliseconds)
    }
    #expect(steps(&master, at: 8_500) == ["active"])
    backup.hear(word(.active, of: 200), at: instant(8_501))
    #expect(steps(&backup, at: 8_501) == ["active", "release"])
    if isHeard {
      master.hear(word(.active, of: 100, yields: 2), at: instant(8_502))
      #expect(steps(&master, at: 8_502) == ["announce"])
    }
    #expect(steps(&backup, at: 9_000) == ["passive"])
    master.hear(word(.passive, of: 100, yields: 2), at: instant(9_001))
    #expect(steps(&master, at: 9_001) == (isHeard ? [] : ["announce"]))
  }

  @Test(arguments: [true, false])
  func theOneOfTheHigherPriorityTakesItBackWhereItIsTo(preempts: Bool) {
    var master = server(priority: 200, preempts: preempts)
    _ = steps(&master, at: 0)
    master.hear(word(.active, of: 100), at: instant(500))
    #expect(steps(&master, at: 500) == (preempts ? ["claim", "announce", "active"] : []))
  }

  @Test func whoResignsIsFollowedAtOnce() {
    var (master, backup) = pair(hasDyingBreath: true)
    master.resign()
    #expect(steps(&master, at: 4_100) == ["release", "resigned"])
    #expect(master.nextDeadline == .distantFuture)
    backup.hear(word(.resigned, of: 200), at: instant(4_101))
    #expect(steps(&backup, at: 4_101) == ["claim", "announce", "active"])
  }

  /// It has not listened: that it heard nothing means nothing.
  @Test func aPassiveOneThatStoodStillWaitsAgain() {
    var (_, backup) = pair(hasDyingBreath: true)
    #expect(backup.hasStoodStill(at: instant(20_000)))
    #expect(steps(&backup, at: 20_000) == ["passive"])
    #expect(!backup.hasStoodStill(at: instant(20_000)))
  }

  @Test func aVIPThatSomebodyTookAwayIsTakenAgain() {
    var (master, backup) = pair(hasDyingBreath: true)
    master.lose(at: instant(4_100))
    #expect(steps(&master, at: 4_100) == ["claim", "announce"])
    backup.lose(at: instant(4_100))
    #expect(steps(&backup, at: 4_100) == [] && !backup.isActive)
  }

  @Test func strangersAreNotHeard() {
    var (master, _) = pair(hasDyingBreath: true)
    master.hear(word(.active, of: 250, pair: 8), at: instant(4_100))
    #expect(steps(&master, at: 4_100) == [])
    #expect(master.isActive)
  }
}

extension FailoverSettings {
  /// One announcement, and no more.
  static func announcedOnce(_ heartbeat: HeartbeatSettings) -> FailoverSettings {
    var settings = FailoverSettings(
      method: .heartbeat, every: .seconds(5), announceEvery: .seconds(1), form: .request,
      overlap: .zero, stuckAfter: .seconds(1))
    settings.announceCount = 1
    settings.heartbeat = heartbeat
    return settings
  }
}
