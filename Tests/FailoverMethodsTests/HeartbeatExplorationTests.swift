import FailoverMethods
import Packets
import TestSupport
import Testing
import TopologyModel

/// Every interleaving of two servers whose words are lost and held up and that stand still, so many
/// steps long, and what comes of each once all is well again.
@Suite(.takesTurns, .besideOthers) struct HeartbeatExplorationTests {
  /// Two servers, the words between them, and whose announcement clients heard last.
  private struct World: Hashable {
    var servers: [Heartbeat]
    var areStopped = [false, false]
    /// How often each may still be stopped or let go on.
    var turns = [2, 2]
    /// Towards each server.
    var words: [[Word]] = [[], []]
    /// What has come to one that stands still.
    var waiting: [[HeartbeatPacket]] = [[], []]
    var announcer: Int?

    struct Word: Hashable {
      var packet: HeartbeatPacket
      var isHeldUp = false
    }

    init(hasDyingBreath: Bool) {
      let settings = HeartbeatSettings(
        every: .seconds(1), dead: .seconds(2), hasDyingBreath: hasDyingBreath)
      servers = [200, 100].map {
        Heartbeat(
          .announcedOnce(settings), priority: $0, pair: 1, countingFrom: 1,
          at: World.instant(0))
      }
    }

    static func instant(_ step: Int) -> Timestamp {
      Timestamp(nanoseconds: 1_000_000_000_000) + step * .seconds(1)
    }

    var active: [Int] { servers.indices.filter { servers[$0].isActive } }

    mutating func act(_ server: Int, step: Int) {
      guard !areStopped[server] else { return }
      let now = World.instant(step)
      if servers[server].hasStoodStill(at: now) { waiting[server] = [] }
      for packet in waiting[server] { servers[server].hear(packet, at: now) }
      waiting[server] = []
      while let effect = servers[server].step(at: now) {
        switch effect {
        case .send(let packet): words[1 - server].append(Word(packet: packet))
        case .announce: announcer = server
        case .claim, .release: break
        }
      }
    }

    /// Everything that may become of the words to a server before it acts, and of itself.
    func before(_ server: Int) -> [World] {
      var worlds: [World] = []
      for isTurned in turns[server] > 0 ? [false, true] : [false] {
        var world = self
        if isTurned {
          world.areStopped[server].toggle()
          world.turns[server] -= 1
        }
        let words = world.words[server]
        world.words[server] = []
        worlds += words.reduce([world]) { worlds, word in
          worlds.flatMap { $0.fates(of: word, to: server) }
        }
      }
      return worlds
    }

    /// It comes, is lost, or comes a step later.
    private func fates(of word: Word, to server: Int) -> [World] {
      var delivered = self
      delivered.waiting[server].append(word.packet)
      guard !word.isHeldUp else { return [delivered, self] }
      var held = self
      held.words[server].append(Word(packet: word.packet, isHeldUp: true))
      return [delivered, self, held]
    }

    /// Both go on, and everything comes.
    mutating func heal(from step: Int) {
      areStopped = [false, false]
      for step in step..<step + 8 {
        for server in servers.indices {
          waiting[server] += words[server].map(\.packet)
          words[server] = []
          act(server, step: step)
        }
      }
    }
  }

  private static let depth = 6

  /// Where all of them end.
  private func ends(hasDyingBreath: Bool) -> Set<World> {
    var start = World(hasDyingBreath: hasDyingBreath)
    start.heal(from: 0)
    #expect(start.active == [0])
    let begin = 8
    var worlds: Set<World> = [start]
    for step in begin..<begin + HeartbeatExplorationTests.depth {
      var next: Set<World> = []
      for world in worlds {
        for order in [[0, 1], [1, 0]] {
          for first in world.before(order[0]) {
            var first = first
            first.act(order[0], step: step)
            for second in first.before(order[1]) {
              var second = second
              second.act(order[1], step: step)
              next.insert(second)
            }
          }
        }
      }
      worlds = next
    }
    #expect(worlds.count > 5_000)
    return Set(
      worlds.map {
        var world = $0
        world.heal(from: begin + HeartbeatExplorationTests.depth)
        return world
      })
  }

  @Test func withADyingBreathTheSurvivorAnnounces() {
    for world in ends(hasDyingBreath: true) {
      #expect(world.active.count == 1)
      #expect(world.announcer == world.active.first)
    }
  }

  /// There is always one holder; but clients may have heard the other's word last.
  @Test func withoutOneItMayNot() {
    let worlds = ends(hasDyingBreath: false)
    #expect(worlds.allSatisfy { $0.active.count == 1 })
    #expect(worlds.contains { $0.announcer != $0.active.first })
  }
}
