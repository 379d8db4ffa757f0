import ArgumentParser
import LinuxNet
import NodeAgent
import Packets
import TopologyModel

/// One of the two of `method: heartbeat`: started in its node by the run itself, or by hand.
struct HeartbeatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "heartbeat",
    abstract: "Be one of a pair of servers that watch each other and hold a VIP.",
    discussion: """
      Sends and hears heartbeats over UDP, as often as the other does. The one of the higher priority holds the VIP; the other takes it \
      when it hears of no holder for the dead time. Run it on both machines, with --from and --peer \
      exchanged; Ctrl-C gives the VIP up. It takes root, or CAP_NET_ADMIN and CAP_NET_RAW.
      """)

  @Argument(help: ArgumentHelp("The VIP.", valueName: "address"))
  var vip: IPAddress

  @Option(help: ArgumentHelp("The interface where the VIP is to be.", valueName: "name"))
  var interface: String

  @Option(
    help: ArgumentHelp("The interface of the heartbeats, where it is another.", valueName: "name"))
  var over: String?

  @Option(help: ArgumentHelp("This server's own address.", valueName: "address"))
  var from: IPAddress

  @Option(help: ArgumentHelp("The other server's own address.", valueName: "address"))
  var peer: IPAddress

  @Option(help: ArgumentHelp("1 to 254; not the other's.", valueName: "n"))
  var priority: UInt8

  @Option(help: ArgumentHelp("Between two heartbeats.", valueName: "duration"))
  var every: TimeSpan = HeartbeatSettings().every

  @Option(
    help: ArgumentHelp(
      "Without a word of a holder. Three heartbeats unless given.", valueName: "duration"))
  var dead: TimeSpan?

  @Flag(inversion: .prefixedNo, help: "Take the VIP from a holder of a lower priority.")
  var preempt = true

  @Flag(
    inversion: .prefixedNo,
    help: "Say so once more before the VIP is given up to the other, which then announces it again."
  )
  var dyingBreath = true

  @Option(help: ArgumentHelp("How often a new holder announces the VIP.", valueName: "n"))
  var announceCount = 5

  @Option(help: ArgumentHelp("Between two announcements.", valueName: "duration"))
  var announceEvery: TimeSpan = .seconds(1)

  @Option(
    help: ArgumentHelp(
      "How it is announced: request, reply, reply-broadcast or none.", valueName: "form"))
  var announceForm: AnnouncementForm = .request

  @Option(help: ArgumentHelp("The UDP port.", valueName: "n"))
  var port: UInt16 = HeartbeatLine.standardPort

  @Option(help: ArgumentHelp("Tells this pair from others.", valueName: "n"))
  var pair: UInt64 = 0

  func validate() throws {
    guard 1...254 ~= priority else {
      throw ValidationError("--priority: found \(priority), needs 1 to 254")
    }
    guard from != peer else {
      throw ValidationError("--peer: \(peer) is this server's own address")
    }
    guard from.family == peer.family else {
      throw ValidationError("--peer: \(peer) and \(from) are of two versions of IP")
    }
    for (name, address) in [("--from", from), ("--peer", peer)] where address == vip {
      throw ValidationError("\(name): \(address) is the VIP; give the server's own address")
    }
    guard vip.family == from.family || over != nil else {
      throw ValidationError("--from: \(from) and the VIP \(vip) are of two versions of IP")
    }
    guard every >= HeartbeatSettings.leastInterval else {
      throw ValidationError(
        "--every: \(every) is too often; \(HeartbeatSettings.leastInterval) is the least")
    }
    guard (dead ?? 2 * every) >= 2 * every else {
      throw ValidationError("--dead: it must be two heartbeats, \(2 * every), or more")
    }
    guard announceCount > 0, announceEvery > .zero else {
      throw ValidationError("--announce-count and --announce-every must be more than 0")
    }
    if port == 0 { throw ValidationError("--port: 0 is no port") }
  }

  func run() throws {
    try reportingFailure {
      let interruption = try Interruption()
      var failover = FailoverSettings(
        method: .heartbeat, every: FailoverSettings.defaultTurn, announceEvery: announceEvery,
        form: announceForm, overlap: .zero,
        stuckAfter: FailoverSettings.stuckAfter(turn: FailoverSettings.defaultTurn))
      failover.announceCount = announceCount
      failover.heartbeat = HeartbeatSettings(
        every: every, dead: dead, preempts: preempt, hasDyingBreath: dyingBreath)
      let daemon = try HeartbeatDaemon(
        HeartbeatDaemon.Settings(
          vip: vip, interface: interface, failover: failover,
          line: HeartbeatLine.Settings(
            link: over ?? interface, address: from, peer: peer, port: port, priority: priority,
            pair: pair))
      ) { Console.print("\($0)") }
      try daemon.run(until: interruption)
    }
  }
}

extension AnnouncementForm: ExpressibleByArgument {}

extension IPAddress: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
