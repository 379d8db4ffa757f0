import FailoverMethods
import Packets
import SmallTools
import Synchronization
import TestSupport
import Testing
import TopologyModel

/// Two servers with a floating IP as a resource, and a web service that is not well, by thousands of schedules: the
/// service's and the client's own rules, and the agent's as `ocf/vipjuggler/vipjuggler-floating-ip` has them.
@Suite(.takesTurns, .besideOthers) struct FloatingIPScheduleTests {
  private static let address = IPAddress("10.0.0.200")!
  private static let servers = [IPAddress("10.0.0.1")!, IPAddress("10.0.0.2")!]

  /// What agents find.
  private struct World {
    let service: Service
    var pauses = [RequestPause(), RequestPause()]
    /// Which server was told to have the address; it is in memory there.
    var isMarked = [false, false]
    /// How long a start waits before it asks again.
    var wait = [TimeSpan.seconds(5), .seconds(5)]
  }

  /// The web service, and when it is not there at all.
  private final class Service: Sendable {
    struct State {
      var robot: RobotService
      var outage: ClosedRange<Timestamp>
      var now = Timestamp(nanoseconds: 0)
      var client = 0
    }

    let state: Mutex<State>

    init(_ robot: RobotService, outage: ClosedRange<Timestamp>) {
      state = Mutex(State(robot: robot, outage: outage))
    }

    @Sendable func send(
      _ method: String, _ body: [UInt8]
    ) -> Result<HTTPClient.Reply, HTTPClient.Failure> {
      state.withLock { state in
        if state.outage.contains(state.now) {
          return .failure(HTTPClient.Failure(description: "nobody", isUnheard: true))
        }
        let text = String(decoding: body, as: UTF8.self).split(separator: "=").map(String.init)
        let answer = state.robot.answer(
          RobotRequest(
            method, "/failover/\(address)", form: text.count == 2 ? [text[0]: text[1]] : [:],
            client: "\(state.client)"), at: state.now)
        if answer.isSilent { return .failure(HTTPClient.Failure(description: "silence")) }
        return .success(HTTPClient.Reply(status: answer.status, body: Array(answer.body.utf8)))
      }
    }

    /// Where it leads the address now.
    func place(at now: Timestamp) -> IPAddress? {
      let answer = state.withLock {
        $0.robot.heal()
        return $0.robot.answer(RobotRequest("GET", "/failover/\(address)", client: "us"), at: now)
      }
      let reply = HTTPClient.Reply(status: answer.status, body: Array(answer.body.utf8))
      if case .assigned(let server) = FloatingIPStatus(reply, of: address) { return server }
      return nil
    }
  }

  private static let failover: FailoverSettings = {
    var failover = FailoverSettings(
      method: .ocf, every: .seconds(60), announceEvery: .seconds(1), form: .request,
      overlap: .zero, stuckAfter: .seconds(1))
    failover.heartbeat = HeartbeatSettings(every: .seconds(60), preempts: false)
    failover.resources = [
      ClusterResource(
        agent: ClusterResource.AgentName("ocf:vipjuggler:vipjuggler-floating-ip")!,
        parameters: [:], monitorEvery: .seconds(60),
        timeouts: ClusterResource.Timeouts(start: .seconds(300), monitor: .seconds(30)))
    ]
    return failover
  }()

  /// Asks the service once, as `vipjuggler floating-ip` does.
  private static func ask(
    _ world: inout World, _ server: Int, isUrgent: Bool, at now: Timestamp,
    _ question: (FloatingIP) -> FloatingIP.Answer
  ) -> FloatingIPStatus {
    let limit = FloatingIP.limit
    if let objection = world.pauses[server].objection(at: now, limit: limit, isUrgent: isUrgent) {
      return .unknown(objection)
    }
    world.service.state.withLock { ($0.now, $0.client) = (now, server) }
    world.pauses[server].ask(at: now)
    let answer = question(FloatingIP(address, by: world.service.send))
    world.pauses[server].take(answer.lesson, askedAt: now, at: now)
    return answer.status
  }

  private static func step(
    _ world: inout World, _ request: Cluster<World>.Request, at now: Timestamp
  ) -> Cluster<World>.Step {
    let server = request.server
    let own = servers[server]
    switch request.action {
    case .stop:
      world.isMarked[server] = false
      return .ends(.success, after: .milliseconds(50))
    case .monitor:
      guard world.isMarked[server] else { return .ends(.notRunning, after: .milliseconds(50)) }
      switch ask(&world, server, isUrgent: false, at: now, { $0.get() }) {
      case .assigned(own): return .ends(.success, after: .milliseconds(50))
      case .assigned: return .ends(.notRunning, after: .milliseconds(50))
      case .unknown: return .ends(.exited(1), after: .seconds(10))
      }
    case .start:
      if request.begun == now { world.wait[server] = .seconds(5) }
      let status = ask(&world, server, isUrgent: true, at: now) { $0.set(to: own) }
      let wait = world.wait[server]
      let timeout = failover.resources[0].timeouts.start
      guard case .unknown = status, now + wait + .seconds(12) < request.begun + timeout else {
        world.isMarked[server] = true
        return .ends(.success, after: .milliseconds(50))
      }
      world.wait[server] = min(.seconds(40), 2 * wait)
      return .goesOn(after: wait)
    }
  }

  /// `shard` of 16 of them, so that the processors share them.
  @Test(arguments: 0..<16)
  func nothingKnownMovesNothingAndOneHasItInTheEnd(shard: UInt64) {
    for seed in stride(from: shard, to: 10_000, by: 16) {
      var dice = SplitMix64(state: seed)
      var settings = RobotService.Settings(
        servers: FloatingIPScheduleTests.servers, addresses: [FloatingIPScheduleTests.address])
      settings.delay = .seconds(.random(in: 1...60, using: &dice))
      settings.errorRate = [0, 0.2, 0.5, 0.9].randomElement(using: &dice) ?? 0
      settings.seed = seed
      let start = Timestamp(nanoseconds: 1_000_000_000_000)
      let begin = start + .seconds(.random(in: 120...500, using: &dice))
      let outage = begin...(begin + .seconds(.random(in: 1...600, using: &dice)))
      let service = Service(RobotService(settings), outage: outage)
      var cluster = Cluster(FloatingIPScheduleTests.failover, in: World(service: service)) {
        FloatingIPScheduleTests.step(&$0, $1, at: $2)
      }
      cluster.run(.seconds(.random(in: 200...500, using: &dice)))
      let event = Event.allCases.randomElement(using: &dice) ?? .none
      let span = TimeSpan.seconds(.random(in: 10...300, using: &dice))
      switch event {
      case .none: cluster.run(span)
      case .crash:
        let holder = cluster.managers.firstIndex { $0?.isActive == true } ?? 0
        cluster.kill(holder)
        cluster.world.isMarked[holder] = false
        cluster.run(span)
        cluster.start(holder)
      case .partition:
        cluster.isParted = true
        cluster.run(span)
        cluster.isParted = false
      }
      cluster.run(.seconds(300))
      if event == .none {
        #expect(!cluster.log.contains("1 start 0"), "seed \(seed): a failover on nothing known")
      }
      // They have to wait for it an hour at most.
      service.state.withLock { $0.robot.heal() }
      for _ in 0..<80 where !isSettled(cluster) {
        cluster.run(.seconds(60))
        #expect(holders(cluster).count < 2, "seed \(seed): two believe that they have it")
      }
      #expect(isSettled(cluster), "seed \(seed): \(holders(cluster))")
    }
  }

  /// What happens to the servers.
  private enum Event: CaseIterable { case none, crash, partition }

  /// Who believes that it has the address.
  private func holders(_ cluster: Cluster<World>) -> [Int] {
    [0, 1].filter { cluster.managers[$0]?.isRunning == true && cluster.world.isMarked[$0] }
  }

  /// One believes so, and it is true.
  private func isSettled(_ cluster: Cluster<World>) -> Bool {
    guard let holder = holders(cluster).first, holders(cluster).count == 1 else { return false }
    let place = cluster.world.service.place(at: cluster.now)
    return place == FloatingIPScheduleTests.servers[holder]
  }
}
