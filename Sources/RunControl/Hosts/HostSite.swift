import Dispatch
package import LinuxNet
import Measurement
import NamespaceLab
package import NodeAgent
package import Packets
import Records
package import TopologyModel

/// Nodes that are machines of their own, each reached as the topology says.
package final class HostSite: Site {
  package private(set) var topology: Topology
  let channels: [HostChannel]
  private let greeter: Greeter
  private(set) var facts: [HostFacts] = []
  /// Of each node.
  private var attachments: [[HostAttachment]] = []
  /// What was told as a path was opened.
  var opened: [String: [Int: (link: LinkDescription, recovery: NeighbourRecovery?)]] = [:]
  private let run = UInt64.random(in: 1...UInt64.max)

  private static let reachTimeout = TimeSpan.seconds(30)

  /// Those that could not be reached.
  private var unreached: [Int: HostFailure] = [:]

  /// Reaches all nodes; changes nothing there. Those that cannot be reached are named, each.
  package convenience init(
    _ topology: Topology, version: String, _ interruption: Interruption
  ) throws {
    try self.init(reaching: topology, version: version, interruption)
    do {
      guard unreached.isEmpty else {
        throw Unreached(failures: unreached.sorted { $0.key < $1.key }.map(\.value))
      }
      facts = try askAll { _ in .facts }.map {
        guard case .facts(let facts) = $0 else { throw Misunderstood() }
        return facts
      }
    } catch {
      _ = end()
      throw error
    }
  }

  /// Reaches as many nodes as can be.
  private init(
    reaching topology: Topology, version: String, _ interruption: Interruption
  ) throws {
    self.topology = topology
    let program = try HostProgram()
    var channels: [HostChannel] = []
    for (index, node) in topology.nodes.enumerated() {
      guard let reach = node.reach else { continue }
      channels.append(
        try HostChannel(
          node.name, number: NodeID(index), HostLine(reach, program), version: version,
          interruption))
    }
    self.channels = channels
    greeter = try Greeter(channels)
    for (index, channel) in channels.enumerated() {
      do {
        try channel.awaitReady(within: HostSite.reachTimeout)
        try channel.awaitClock()
      } catch {
        unreached[index] = error
      }
    }
  }

  struct Unreached: Error, CustomStringConvertible {
    let failures: [HostFailure]

    var description: String { failures.map { "\($0)" }.joined(separator: "\n") }
  }

  struct Misunderstood: Error, CustomStringConvertible {
    let description = "a host answered something else than it was asked"
  }

  /// Asks every host at once, and waits for all of them; the first failure.
  func askAll(
    _ nodes: [Int]? = nil, within limit: TimeSpan = .seconds(15), _ question: (Int) -> HostQuestion
  ) throws -> [HostAnswer] {
    let asked = (nodes ?? Array(channels.indices)).map { ($0, channels[$0].ask(question($0))) }
    return try asked.map { try channels[$0].answer(to: $1, within: limit) }
  }

  /// What each host is, and by which interfaces it is attached or would be; changes nothing.
  package func inspect() throws -> [HostView] {
    let answers = channels.indices.map { index in
      (index, channels[index].ask(.inspect(topology: topology, node: index)))
    }
    return answers.map { index, number in
      var view = HostView(
        node: topology.nodes[index].name, facts: facts[index], clock: channels[index].clock)
      do {
        guard
          case .interfaces(let all) = try channels[index].answer(to: number, within: .seconds(15))
        else { throw Misunderstood() }
        view.attachments = all
      } catch let failure as HostFailure {
        view.objections.append(failure.reason)
      } catch {
        view.objections.append("\(error)")
      }
      if !facts[index].isPrivileged {
        view.objections.append(
          "no right to change the network and to capture: it takes root, or CAP_NET_ADMIN and "
            + "CAP_NET_RAW")
      }
      return view
    }
  }

  /// What a run would change at each host, as commands that do it by hand.
  package func plan() throws -> [(node: String, commands: [String])] {
    try zip(topology.nodes, askAll { .plan(topology: topology, node: $0) }).map { node, answer in
      guard case .plan(let commands) = answer else { throw Misunderstood() }
      return (node.name, commands)
    }
  }

  /// Attaches all nodes. From here on there is something to be undone.
  package func attach() throws {
    attachments = try askAll { .attach(topology: topology, node: $0, run: run) }.map {
      guard case .interfaces(let all) = $0 else { throw Misunderstood() }
      return all
    }
    for (node, all) in attachments.enumerated() {
      for attachment in all { topology.setMAC(attachment.mac, of: node, on: attachment.segment) }
    }
    _ = try askAll { _ in .know(topology: topology) }
    for (node, all) in attachments.enumerated() { remember(all, of: node) }
  }

  /// Another agent attaches the node in the same way, or not at all: the others know its addresses.
  private func remember(_ attachments: [HostAttachment], of node: Int) {
    let (topology, run, known) = (topology, run, attachments.map(\.mac))
    // Of an agent that was killed together with its watcher.
    channels[node].remember(HostDeed { .sweep })
    channels[node].remember(
      HostDeed(question: { .attach(topology: topology, node: node, run: run) }) { answer in
        guard case .interfaces(let all) = answer else { return Misunderstood().description }
        return all.map(\.mac) == known ? nil : "its interfaces have other MAC addresses now"
      })
  }

  /// Removes what runs that were killed left on the machines of `topology`: of each machine what was found
  /// and what became of it, or why it was not looked at; and what is to be complained of at the end.
  package static func sweep(
    _ topology: Topology, version: String, _ interruption: Interruption
  ) throws -> (machines: [(node: String, found: Result<[String], any Error>)], left: [String]) {
    let site = try HostSite(reaching: topology, version: version, interruption)
    let reached = site.channels.indices.filter { site.unreached[$0] == nil }
    let asked = Dictionary(
      uniqueKeysWithValues: reached.map { ($0, site.channels[$0].ask(.sweep)) })
    let machines = zip(topology.nodes, site.channels.indices).map { node, index in
      let found = Result<[String], any Error> {
        if let failure = site.unreached[index] { throw failure }
        guard let number = asked[index],
          case .swept(let found) = try site.channels[index].answer(to: number, within: .seconds(15))
        else { throw Misunderstood() }
        return found
      }
      return (node.name, found)
    }
    return (
      machines,
      site.end().filter { text in
        // Said already.
        !site.unreached.values.contains { text.hasPrefix("\($0.node): ") }
      }
    )
  }

  /// Has every host undo everything; what could not be, or is not known to have been.
  package func end() -> [String] {
    greeter.end()
    for channel in channels { channel.beginEnd() }
    return channels.compactMap { $0.end() }
  }

  /// Hosts whose clock is off by more than a tenth of a turn: the run is timed by this one's, and what
  /// they log is not.
  package var clockWarnings: [String] {
    guard let turn = topology.paths.map(\.failover.every).min() else { return [] }
    return channels.compactMap { channel in
      let (ahead, bound) = channel.clock
      let off = max(ahead, .zero - ahead)
      guard off > turn / 10 else { return nil }
      return
        "\(channel.node): its clock is \(ahead < .zero ? "behind" : "ahead") by \(off.inMilliseconds) (known to "
        + "\(bound.inMilliseconds)), more than a tenth of a turn; turns fall on this machine's clock all the same"
    }
  }

  /// Why a path cannot run, by its name: what the kernels of hosts lack.
  package var skipped: [String: String] {
    var skipped: [String: String] = [:]
    for path in topology.paths {
      let reasons = path.members.flatMap { member in
        needs(of: member, on: path).compactMap { need in
          facts[member.node].lacking[need].map {
            "\(topology.nodes[member.node].name): its kernel lacks \(need): \($0)"
          }
        }
      }
      if let first = reasons.first { skipped[path.name] = first }
    }
    return skipped
  }

  /// What a path takes of a member's kernel.
  private func needs(of member: PathMember, on path: TopologyPath) -> [String] {
    let attachment = topology.nodes[member.node].attachment(to: member.segment)
    let isMade = attachment.map { !($0.host?.isExisting ?? false) } ?? false
    return [path.kind.rawValue] + (isMade ? [Capability.vlan.rawValue] : [])
  }

  /// The kernels' releases, and the least number of processors.
  package var kernels: [String] { Set(facts.map(\.kernel)).sorted() }
  package var processors: Int { facts.map(\.processors).min() ?? 0 }

  /// Why a host was lost, if one was.
  package var loss: String? {
    channels.compactMap { channel in channel.loss.map { "\(channel.node): \($0)" } }.first
  }
}

/// What `check` says of one host.
package struct HostView {
  package let node: String
  package let facts: HostFacts
  package let clock: (ahead: TimeSpan, bound: TimeSpan)
  package internal(set) var attachments: [HostAttachment] = []
  /// Why it cannot take part.
  package internal(set) var objections: [String] = []
}

/// Says again and again to every host that its controller is there, on a thread a host: one that does not
/// read holds up no other.
private final class Greeter: Sendable {
  /// Signalled once for each thread, to end it.
  private let isOver = DispatchSemaphore(value: 0)
  private let threads: Int

  private static let interval = DispatchTimeInterval.milliseconds(500)

  init(_ channels: [HostChannel]) throws(KernelError) {
    threads = channels.count
    for channel in channels {
      _ = try WorkThread("greeter") { [isOver] in
        repeat {
          channel.greet()
        } while isOver.wait(timeout: .now() + Greeter.interval) == .timedOut
      }
    }
  }

  func end() { for _ in 0..<threads { isOver.signal() } }
}
