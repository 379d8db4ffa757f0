import FailoverMethods
import Packets
import TestSupport
import Testing
import TopologyModel

/// What becomes of resources, by what their agents answer.
@Suite struct ResourceManagerTests {
  /// What runs where, and what agents answer in place of the truth, once each.
  struct World {
    var running: [Set<Int>] = [[], []]
    var answers: [String: [Int32]] = [:]
    /// Whether two servers ever had the first resource at a time.
    var wereTwo = false
  }

  private func cluster(
    resources: Int = 1, threshold: Int? = nil, forgetting: TimeSpan? = nil, preempts: Bool = false,
    world: World = World()
  ) -> Cluster<World> {
    var failover = FailoverSettings(
      method: .ocf, every: .seconds(10), announceEvery: .seconds(1), form: .request,
      overlap: .zero, stuckAfter: .seconds(1))
    failover.heartbeat = HeartbeatSettings(every: .milliseconds(100), preempts: preempts)
    failover.resources = (0..<resources).map { _ in
      ClusterResource(
        agent: ClusterResource.AgentName("ocf:heartbeat:Dummy")!, parameters: [:],
        monitorEvery: .seconds(1), migrationThreshold: threshold, failureTimeout: forgetting)
    }
    return Cluster(failover, in: world) { world, request, _ in
      let (server, place, action) = (request.server, request.place, request.action)
      let words = "\(server) \(action.rawValue) \(place)"
      if let told = world.answers[words]?.first {
        world.answers[words]?.removeFirst()
        return .ends(.exited(told), after: .milliseconds(5))
      }
      switch action {
      case .start: world.running[server].insert(place)
      case .stop: world.running[server].remove(place)
      case .monitor:
        let isRunning = world.running[server].contains(place)
        return .ends(isRunning ? .success : .notRunning, after: .milliseconds(5))
      }
      world.wereTwo = world.wereTwo || world.running.allSatisfy { $0.contains(0) }
      return .ends(.success, after: .milliseconds(5))
    }
  }

  private func running(_ cluster: Cluster<World>) -> [[Int]] {
    cluster.world.running.map { $0.sorted() }
  }

  @Test func aGroupIsStartedInItsOrderAndStoppedTheOtherWayRound() {
    var cluster = cluster(resources: 3)
    cluster.run(.seconds(2))
    #expect(running(cluster) == [[0, 1, 2], []])
    #expect(
      cluster.log.filter { $0.hasPrefix("0") }.prefix(4) == [
        "0 monitor 0", "0 monitor 1", "0 monitor 2", "0 start 0",
      ])
    #expect(
      cluster.log.filter { $0.contains("start") } == ["0 start 0", "0 start 1", "0 start 2"])
    cluster.forgetLog()
    cluster.resign(0)
    cluster.run(.seconds(2))
    #expect(running(cluster) == [[], [0, 1, 2]])
    #expect(
      cluster.log.filter { !$0.contains("monitor") } == [
        "0 stop 2", "0 stop 1", "0 stop 0", "1 start 0", "1 start 1", "1 start 2",
      ])
    #expect(cluster.managers[0]?.isOver == true)
    #expect(!cluster.world.wereTwo)
  }

  @Test func whatAProcessBeforeLeftRunningIsStopped() {
    var world = World()
    world.running = [[], [0]]
    var cluster = cluster(world: world)
    cluster.run(.seconds(1))
    #expect(running(cluster) == [[0], []])
    #expect(cluster.log.contains("1 stop 0"))
  }

  /// OCF_NOT_RUNNING has it started, another soft error stopped first; neither moves it.
  @Test(arguments: [
    (Int32(7), ["0 start 0"]), (Int32(1), ["0 stop 0", "0 start 0"]),
    (Int32(9), ["0 stop 0", "0 start 0"]),
  ])
  func aSoftErrorIsMendedInPlace(code: Int32, deeds: [String]) {
    var cluster = cluster()
    cluster.run(.seconds(2))
    cluster.forgetLog()
    cluster.world.answers["0 monitor 0"] = [code]
    cluster.run(.seconds(3))
    #expect(cluster.log.filter { !$0.contains("monitor") } == deeds)
    #expect(running(cluster) == [[0], []])
    #expect(cluster.troubles.map(\.deed) == ["keep"])
  }

  @Test func aMemberThatFailsHasThoseAfterItRestarted() {
    var cluster = cluster(resources: 3)
    cluster.run(.seconds(2))
    cluster.forgetLog()
    cluster.world.answers["0 monitor 1"] = [1]
    cluster.run(.seconds(3))
    #expect(
      cluster.log.filter { !$0.contains("monitor") } == [
        "0 stop 2", "0 stop 1", "0 start 1", "0 start 2",
      ])
  }

  @Test func soManyFailuresMoveIt() {
    var cluster = cluster(threshold: 2)
    cluster.run(.seconds(2))
    cluster.world.answers["0 monitor 0"] = [1]
    cluster.run(.seconds(5))
    #expect(running(cluster) == [[0], []])
    cluster.world.answers["0 monitor 0"] = [1]
    cluster.run(.seconds(5))
    #expect(running(cluster) == [[], [0]])
    #expect(!cluster.world.wereTwo)
    // The other fails, too: there is nobody left.
    cluster.world.answers["1 monitor 0"] = [1, 1]
    cluster.run(.seconds(10))
    #expect(running(cluster) == [[], []])
  }

  @Test func failuresAreForgotten() {
    var cluster = cluster(threshold: 1, forgetting: .seconds(30))
    cluster.run(.seconds(2))
    cluster.world.answers["0 monitor 0"] = [1]
    cluster.run(.seconds(5))
    #expect(running(cluster) == [[], [0]])
    cluster.run(.seconds(30))
    cluster.world.answers["1 monitor 0"] = [1]
    cluster.run(.seconds(5))
    #expect(running(cluster) == [[0], []])
  }

  /// OCF_ERR_ARGS to OCF_ERR_CONFIGURED: there is no use in trying there again.
  @Test(arguments: Int32(2)...6) func aHardErrorMovesItAtOnce(code: Int32) {
    var cluster = cluster()
    cluster.run(.seconds(2))
    cluster.world.answers["0 monitor 0"] = [code]
    cluster.run(.seconds(5))
    #expect(running(cluster) == [[], [0]])
    #expect(!cluster.world.wereTwo)
  }

  @Test func whatIsNotInstalledDoesNotRunThere() {
    var world = World()
    world.answers["0 monitor 0"] = [5]
    var cluster = cluster(world: world)
    cluster.run(.seconds(3))
    #expect(running(cluster) == [[], [0]])
    #expect(!cluster.log.contains("0 stop 0"))
    #expect(cluster.troubles.map(\.deed) == ["look for"])
  }

  /// `start-failure-is-fatal`.
  @Test func aStartThatFailsIsNotTriedAgainThere() {
    var world = World()
    world.answers["0 start 0"] = [1]
    var cluster = cluster(world: world)
    cluster.run(.seconds(5))
    #expect(running(cluster) == [[], [0]])
    #expect(cluster.log.count { $0 == "0 start 0" } == 1)
    #expect(cluster.log.contains("0 stop 0"))
  }

  /// Without fencing nobody knows whether it still runs.
  @Test func whatCannotBeStoppedIsNotStartedElsewhere() {
    var cluster = cluster(threshold: 1, forgetting: .seconds(30))
    cluster.run(.seconds(2))
    cluster.world.answers["0 monitor 0"] = [1]
    cluster.world.answers["0 stop 0"] = [1]
    cluster.run(.seconds(20))
    #expect(running(cluster) == [[0], []])
    #expect(!cluster.log.contains("1 start 0"))
    cluster.run(.seconds(20))
    #expect(cluster.world.running.flatMap(\.self) == [0], "it is tried again")
    #expect(!cluster.world.wereTwo)
  }

  @Test func anActionThatTakesTooLongHasFailed() {
    var failover = FailoverSettings(
      method: .ocf, every: .seconds(10), announceEvery: .seconds(1), form: .request,
      overlap: .zero, stuckAfter: .seconds(1))
    failover.resources = [
      ClusterResource(
        agent: ClusterResource.AgentName("ocf:heartbeat:Dummy")!, parameters: [:],
        monitorEvery: .seconds(1),
        timeouts: ClusterResource.Timeouts(start: .seconds(2)))
    ]
    var cluster = Cluster(failover, in: 0) { _, request, _ in
      switch request.action {
      case .monitor: .ends(.notRunning, after: .milliseconds(1))
      case .start:
        .ends(.success, after: request.server == 0 ? .seconds(5) : .milliseconds(1))
      case .stop: .ends(.success, after: .milliseconds(1))
      }
    }
    cluster.run(.seconds(4))
    #expect(cluster.managers[1]?.isRunning == true)
    #expect(cluster.troubles.first?.words.contains("had not ended after 2s") == true)
  }

  @Test func theOtherTakesWhatACrashedOneHad() {
    var cluster = cluster()
    cluster.run(.seconds(2))
    cluster.kill(0)
    cluster.world.running[0] = []
    cluster.run(.seconds(1))
    #expect(running(cluster) == [[], [0]])
    cluster.start(0)
    cluster.run(.seconds(3))
    #expect(running(cluster) == [[], [0]], "without preemption it stays")
  }

  /// It is stopped at the one before it is started at the other.
  @Test func theFirstServerTakesItBack() {
    var cluster = cluster(preempts: true)
    cluster.run(.seconds(2))
    cluster.kill(0)
    cluster.world.running[0] = []
    cluster.run(.seconds(1))
    cluster.start(0)
    cluster.run(.seconds(3))
    #expect(running(cluster) == [[0], []])
    #expect(!cluster.world.wereTwo)
  }

  /// Nobody who may not have it is handed it.
  @Test func aBannedServerIsNotHandedIt() {
    var cluster = cluster(threshold: 1, preempts: true)
    cluster.run(.seconds(2))
    cluster.world.answers["0 monitor 0"] = [1]
    cluster.run(.seconds(3))
    #expect(running(cluster) == [[], [0]])
    cluster.forgetLog()
    cluster.run(.seconds(20))
    #expect(cluster.log.allSatisfy { $0 == "1 monitor 0" })
  }

  /// `multiple-active=stop_start`.
  @Test func afterASplitBrainOneStopsItAndTheOtherRestartsIt() {
    var cluster = cluster()
    cluster.run(.seconds(2))
    cluster.isParted = true
    cluster.run(.seconds(2))
    #expect(running(cluster) == [[0], [0]])
    cluster.forgetLog()
    cluster.isParted = false
    cluster.run(.seconds(3))
    #expect(running(cluster) == [[0], []])
    #expect(cluster.log.contains("1 stop 0"))
    #expect(
      cluster.log.filter { $0.hasPrefix("0") && !$0.contains("monitor") } == [
        "0 stop 0", "0 start 0",
      ])
  }

  /// A server that returns was no second one, whatever it counts from.
  @Test func whoReturnsHasNothingRestarted() {
    var cluster = cluster()
    cluster.run(.seconds(2))
    cluster.kill(0)
    cluster.world.running[0] = []
    cluster.run(.seconds(2))
    cluster.forgetLog()
    cluster.start(0)
    cluster.run(.seconds(5))
    #expect(cluster.log.allSatisfy { $0.contains("monitor") }, "\(cluster.log)")
    #expect(running(cluster) == [[], [0]])
  }

  /// It ends all the same, and says nothing: the other takes it when it has heard nothing for long enough.
  @Test(arguments: [0, 1]) func anEndIsNotHeldUpByWhatCannotBeStopped(place: Int) {
    var cluster = cluster(resources: 2)
    cluster.run(.seconds(2))
    cluster.world.answers["0 stop \(place)"] = [1]
    cluster.resign(0)
    cluster.run(.milliseconds(100))
    #expect(cluster.managers[0]?.isOver == true)
    #expect(cluster.managers[0]?.nextDeadline ?? .distantFuture > cluster.now)
    #expect(cluster.managers[1]?.isActive == false)
    #expect(cluster.world.running[0].contains(place))
  }

  @Test func whatIsHeldUpByAnotherIsNotAskedForAgainAndAgain() {
    var cluster = cluster(resources: 3)
    cluster.run(.seconds(2))
    cluster.world.answers["0 monitor 0"] = [7]
    cluster.world.answers["0 stop 2"] = [1]
    cluster.run(.milliseconds(2550))
    #expect(running(cluster)[0].contains(1))
    #expect(cluster.managers[0]?.nextDeadline ?? .distantFuture > cluster.now)
  }
}
