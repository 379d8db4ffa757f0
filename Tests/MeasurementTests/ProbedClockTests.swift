import Packets
import Testing
import TopologyModel

@testable import Measurement

/// Clocks that are compared by probes, of nodes that the controller reaches by slow lines only.
@Suite struct ProbedClockTests {
  private static let (alpha, bravo, client) = (Scene.alpha, Scene.bravo, Scene.client)

  /// Three machines, each with a clock that is ahead and runs fast; milliseconds of true time.
  private struct World {
    var clocks = ClockMap()
    var ahead = [alpha: TimeSpan.seconds(3), bravo: .milliseconds(-700), client: .zero]
    var drift = [alpha: Int64(120), bravo: -80, client: 30]

    func clock(_ node: NodeID, _ instant: Timestamp) -> Timestamp {
      let parts = (instant - Scene.at(0)).nanoseconds / 1_000 * drift[node]! / 1_000
      return instant + ahead[node]! + TimeSpan(nanoseconds: parts)
    }

    /// By the line: 60 ms there, nothing back.
    mutating func line(_ node: NodeID, at: Int64) {
      let there = Scene.at(at) + .milliseconds(60)
      clocks.record(
        node,
        ClockExchange(
          sent: Scene.at(at), received: clock(node, there), answered: clock(node, there),
          returned: there))
    }

    mutating func probe(
      _ prober: NodeID, _ responder: NodeID, at: Int64, way: TimeSpan = .microseconds(40)
    ) {
      let sent = Scene.at(at)
      let (there, left) = (sent + way, sent + way + .milliseconds(1))
      clocks.record(
        prober, with: responder,
        ClockExchange(
          sent: clock(prober, sent), received: clock(responder, there),
          answered: clock(responder, left), returned: clock(prober, left + way)))
    }

    /// By how much the map is wrong of a span between two nodes, and by how much it says it may be.
    func error(_ one: NodeID, _ other: NodeID, at: Int64) -> (is: TimeSpan, atMost: TimeSpan) {
      let instant = Scene.at(at)
      let told = [one, other].map { clocks.controllerTime(clock($0, instant), of: $0) }
      let error = told[0] - told[1]
      return (
        max(error, .zero - error), clocks.bound(between: one, and: other, at: told[0])
      )
    }
  }

  @Test func whatPassesBetweenNodesTellsMoreThanSlowLines() {
    var world = World()
    let all = [ProbedClockTests.alpha, ProbedClockTests.bravo, ProbedClockTests.client]
    for node in all { world.line(node, at: 0) }
    // Of what the lines tell, a span may be wrong by both.
    #expect(world.error(all[0], all[2], at: 60).atMost >= .milliseconds(60))
    for half in Int64(0)..<240 {
      let instant = 100 + 500 * half
      if half % 2 == 0 { for node in all { world.line(node, at: instant) } }
      // The holder changes every five seconds.
      let holder = all[Int(half / 10 % 2)]
      for node in all where node != holder { world.probe(node, holder, at: instant) }
      for node in all { world.clocks.use(node) }
      guard half > 12 else { continue }
      for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        let error = world.error(all[one], all[other], at: instant + 250)
        #expect(error.is <= error.atMost, "\(error) at \(instant)")
        #expect(error.atMost < .milliseconds(1), "\(error) at \(instant)")
      }
      // Who has just answered is known best.
      let fresh = world.error(all[2], holder, at: instant + 250)
      #expect(fresh.atMost < .microseconds(250), "\(fresh)")
    }
    // And the controller's own clock as far as a line tells.
    let bound = world.clocks.bound(of: all[2], at: Scene.at(120_000))
    #expect(bound >= .milliseconds(30) && bound < .milliseconds(32), "\(bound)")
  }

  /// Where the way of the probes is the slow one, the lines tell more.
  @Test func aSlowWayOfProbesTellsNothing() {
    var world = World()
    let (alpha, client) = (ProbedClockTests.alpha, ProbedClockTests.client)
    for node in [alpha, client] { world.line(node, at: 0) }
    let before = world.clocks.controllerTime(Scene.at(5_000), of: client)
    world.probe(client, alpha, at: 100, way: .milliseconds(200))
    #expect(world.clocks.controllerTime(Scene.at(5_000), of: client) == before)
    #expect(world.clocks.bound(between: client, and: alpha, at: Scene.at(100)) < .milliseconds(62))
  }

  /// A node that was set up anew has another clock; without the anchor the lines tell again.
  @Test func aNodeThatIsLostIsForgotten() {
    var world = World()
    let (alpha, bravo, client) = (
      ProbedClockTests.alpha, ProbedClockTests.bravo, ProbedClockTests.client
    )
    for node in [alpha, bravo, client] { world.line(node, at: 0) }
    for node in [bravo, client] { world.probe(node, alpha, at: 100) }
    world.clocks.forget(alpha)
    #expect(world.clocks.bound(between: bravo, and: client, at: Scene.at(60)) >= .milliseconds(60))
    world.ahead[alpha] = .seconds(-20)
    world.line(alpha, at: 200)
    for node in [alpha, client] { world.probe(node, bravo, at: 300) }
    let error = world.error(alpha, client, at: 301)
    #expect(error.is <= error.atMost && error.atMost < .milliseconds(1), "\(error)")
  }

  /// What cannot be true changes nothing.
  @Test func whatCannotBeTrueChangesNothing() {
    var world = World()
    let (alpha, client) = (ProbedClockTests.alpha, ProbedClockTests.client)
    for node in [alpha, client] { world.line(node, at: 0) }
    let before = world.clocks.bound(between: client, and: alpha, at: Scene.at(100))
    let instant = Scene.at(100)
    world.clocks.record(
      client, with: alpha,
      ClockExchange(
        sent: instant, received: instant, answered: instant + .seconds(1), returned: instant))
    // Of a node that nobody knows, or whose clock is the controller's.
    world.clocks.record(
      client, with: ProbedClockTests.bravo,
      ClockExchange(
        sent: instant, received: instant, answered: instant, returned: instant))
    #expect(world.clocks.bound(between: client, and: alpha, at: Scene.at(100)) == before)
  }
}
