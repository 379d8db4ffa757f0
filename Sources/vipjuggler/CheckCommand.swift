import ArgumentParser
import LinuxNet
import NamespaceLab
import NodeAgent
import Packets
import Reports
import RunControl
import TopologyModel

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check a topology file and whether this machine can run it; change nothing.")

  @OptionGroup var file: TopologyFile

  @Flag(help: "Of machines: what a run would do there, as `ip` and `bridge` commands.")
  var dryRun = false

  func run() throws {
    try reportingFailure {
      let topology = try file.read()
      Console.print(describe(topology))
      if topology.isOnHosts { return try checkHosts(topology) }
      _ = try Privilege.acquire()
      let preflight = try Preflight(topology, everything: true)
      for capability in Capability.allCases {
        let objection = preflight.objections[capability] ?? nil
        Console.print(
          "kernel: \(capability.rawValue): \(objection.map { "no: \($0)" } ?? "yes")")
      }
      Console.print("lab kernel: \(LabKernel.missing.map { "no: \($0)" } ?? "yes")")
      let lacks = preflight.skipped.merging(Ground.missingRoot(for: topology)) { lack, _ in lack }
      let skipped = Ground.addMissingPrograms(to: lacks, for: topology)
      for path in topology.paths {
        let verdict = skipped[path.name].map { "skipped: \($0)" } ?? "can run"
        Console.print("path \(path.name): \(verdict)")
      }
      for line in try Advice.lines(for: topology) { Console.print("advice: \(line)") }
      let isInLabKernel = !lacks.isEmpty && LabKernel.missing == nil
      try checkSize(of: topology, without: isInLabKernel ? [] : Set(skipped.keys), isInLabKernel)
      guard !skipped.isEmpty else { return }
      if LabKernel.missing == nil, !lacks.isEmpty {
        Console.print("what this kernel lacks, the lab kernel has: the whole command runs in it")
      } else if topology.paths.allSatisfy({ skipped[$0.name] != nil }) {
        throw Failure(message: "no path can run on this kernel", code: .missingFeature)
      }
    }
  }

  /// What a lab asks for, against what there is.
  private func checkSize(
    of topology: Topology, without skipped: Set<String>, _ isInLabKernel: Bool
  ) throws {
    let estimate = LabEstimate(
      topology, skipping: skipped, on: isInLabKernel ? .ofLabKernel : try .current())
    let possible = try LabCapacity.probesPerSecond().map {
      "; these processors do about \($0) probes/s now"
    }
    Console.print("lab: \(estimate.text)\(possible ?? "")")
    // One processor, and a slower one, in the lab kernel: that says itself what it can do.
    if !isInLabKernel, let warning = try estimate.warning() {
      Console.print("advice: \(warning)")
    }
    if let refusal = estimate.refusal {
      throw Failure(message: "no lab of \(topology.name) here: \(refusal)", code: .failure)
    }
  }

  /// What each machine is and would do; changes nothing there.
  private func checkHosts(_ topology: Topology) throws {
    let site = try HostSite(topology, version: Tool.name, Interruption())
    let looked = Result {
      let views = try site.inspect()
      let isFit = views.allSatisfy(\.objections.isEmpty)
      return (
        views, site.tryPairs(views), site.conflicts(views), dryRun && isFit ? try site.plan() : []
      )
    }
    for text in site.end() { Console.complain(text) }
    let (views, pairs, conflicts, plan) = try looked.get()
    for view in views { Console.print(describe(view)) }
    for pair in pairs { Console.print(describe(pair)) }
    for conflict in conflicts { Console.print("no: \(conflict)") }
    for (node, commands) in plan {
      Console.print("on \(node) a run would, in this order:")
      for command in commands { Console.print("  \(command)") }
    }
    for segment in topology.segments where segment.vlan != nil {
      Console.print(
        "segment \(segment.name): what passes between its hosts is tried when their links are made, by a "
          + "run")
    }
    let objections =
      views.filter { !$0.objections.isEmpty }.map(\.node)
      + pairs.filter { !$0.isFit }.map { "\($0.one) - \($0.other)" }
      + (conflicts.isEmpty ? [] : ["the VIPs"])
    let rest = objections.isEmpty ? "can run" : "cannot run as it is"
    for path in topology.paths {
      let verdict = site.skipped[path.name].map { "skipped: \($0)" } ?? rest
      Console.print("path \(path.name): \(verdict)")
    }
    if objections.isEmpty, topology.paths.allSatisfy({ site.skipped[$0.name] != nil }) {
      throw Failure(message: "no path can run on these machines", code: .missingFeature)
    }
    guard objections.isEmpty else {
      throw Failure(
        message: "a run is not possible as it is: see \(objections.joined(separator: ", "))",
        code: .failure)
    }
  }

  private func describe(_ topology: Topology) -> String {
    var lines = ["\(file.topology): good"]
    for segment in topology.segments {
      let kind =
        topology.isOnHosts
        ? segment.vlan.map { "VLAN \($0)" } ?? "a network that is there"
        : "\(segment.switchModel.name.rawValue) switch"
      lines.append("segment \(segment.name): \(segment.subnet), \(kind), MTU \(segment.mtu)")
    }
    for node in topology.nodes {
      let places = node.attachments.map { "\($0.address) on \(topology.segments[$0.segment].name)" }
      let routes = node.routes.map { "\($0.network) via \($0.gateway)" }
      let way = node.reach.map { ", reached by \($0.described)" } ?? ""
      lines.append(
        "node \(node.name): \(node.role.rawValue), " + (places + routes).joined(separator: ", ")
          + way)
    }
    for path in topology.paths {
      lines.append(describe(path))
      if path.failover != topology.failover {
        lines.append("  " + describe(path.failover))
      }
    }
    lines.append("failover: " + describe(topology.failover))
    lines += commands(of: topology)
    lines.append("probe: \(describe(topology.probe))")
    return lines.joined(separator: "\n")
  }

  private func describe(_ pair: HostPair) -> String {
    let passing = pair.passing.map { "UDP \($0) passes" }
    let failing = pair.failing.map { "no: UDP \($0.port) does not: \($0.reason)" }
    let size = pair.pathMTU.map {
      $0 == pair.mtu ? "path MTU \($0)" : "no: path MTU \($0), and the segment's is \(pair.mtu)"
    }
    return "pair \(pair.one) - \(pair.other) on \(pair.segment): "
      + (passing + [size].compactMap { $0 } + failing).joined(separator: ", ")
  }

  private func describe(_ view: HostView) -> String {
    let (ahead, bound) = view.clock
    let clock =
      "clock \(ahead < .zero ? "behind" : "ahead") by \(SpanText.fine(max(ahead, .zero - ahead))), known "
      + "to \(SpanText.fine(bound))"
    var lines = [
      "host \(view.node): kernel \(view.facts.kernel) (\(view.facts.architecture)), "
        + "\(view.facts.processors) processors, \(view.facts.iperf), \(clock)"
    ]
    for attachment in view.attachments {
      let made = attachment.base.map { "to be made on \($0)" } ?? "as it is"
      lines.append(
        "  interface \(attachment.interface): \(made), MTU \(attachment.mtu), \(attachment.mac)")
    }
    for objection in view.objections { lines.append("  no: \(objection)") }
    return lines.joined(separator: "\n")
  }

  private func describe(_ probe: ProbeSettings) -> String {
    let port = probe.port.map { " to \(probe.kind.connects ? "TCP" : "UDP") port \($0)" } ?? ""
    return "\(probe.kind.rawValue) every \(probe.every)\(port)"
  }

  private func describe(_ path: TopologyPath) -> String {
    let overlay = path.overlay.map {
      ", VNI \($0.vni), UDP port \($0.port), outer UDP checksum \($0.udpChecksum ? "on" : "off")"
    }
    return "path \(path.name): \(path.kind.rawValue), VIP \(path.vip) in \(path.subnet), "
      + "MTU \(path.mtu)\(overlay ?? "")"
  }

  /// Every command that a run would start in the nodes, besides this program itself.
  private func commands(of topology: Topology) -> [String] {
    topology.paths.flatMap { path -> [String] in
      switch path.failover.method {
      case .juggle, .handover, .heartbeat: return []
      case .vrrp: return ["command of path \(path.name), at servers: keepalived"]
      case .carp: return ["command of path \(path.name), at servers: ucarp"]
      case .ocf:
        return path.failover.resources.map {
          "resource of path \(path.name), at servers: \($0.agent)"
        }
      case .script:
        let script = path.failover.script
        return [("claim", script?.claim), ("release", script?.release)].compactMap { deed, words in
          words.map {
            "command of path \(path.name), at servers: \(deed): \($0.joined(separator: " "))"
          }
        }
      }
    }
  }

  private func describe(_ failover: FailoverSettings) -> String {
    let healing = failover.healing.map { ", \($0.method.rawValue) after \($0.after)" } ?? ""
    let announced =
      failover.method.runsPrograms
      ? "announced by it, if at all"
      : failover.form == .silent
        ? "not announced"
        : "announced \(failover.announcementPace) by \(failover.formName)"
    let kept = failover.releases ? "" : "never given up, "
    return "\(failover.method.rawValue), \(failover.pace), \(announced), \(kept)"
      + "stuck after \(failover.stuckAfter)\(healing)"
  }
}
