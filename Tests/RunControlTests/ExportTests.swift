import Exports
import Foundation
import LinuxNet
import NamespaceLab
import Packets
import RunControl
import TestSupport
import Testing
import TopologyModel

/// What is exported, loaded where the lab stood, comes to what the lab had built.
@Suite(.takesTurns, .besideOthers) struct ExportTests {
  @Test(arguments: [IPFamily.v4, .v6])
  func aScriptBuildsWhatTheLabBuilds(family: IPFamily) throws {
    let lab = try Lab(pair(family: family))
    try expectTheSame("vxlan", in: lab) { node in
      let script = try #require(files(.script, "vxlan", at: node, of: lab).first)
      let file = try temporary(script.text)
      // The lab's nodes have IPv6 where it says so only; other machines everywhere.
      _ = try run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=0", in: lab.nodes[node])
      #expect(try run("sh", file, "up", in: lab.nodes[node]) == "")
      // Once more is no error.
      #expect(try run("sh", file, "up", in: lab.nodes[node]) == "")
    }
    for node in lab.topology.nodes.indices {
      let file = try temporary(try #require(files(.script, "vxlan", at: node, of: lab).first).text)
      _ = try run("sh", file, "down", in: lab.nodes[node])
      #expect(try run("ip", "-brief", "link", in: lab.nodes[node]).contains("vxlan") == false)
    }
  }

  @Test(.enabled(if: hasNetworkd)) func networkdBuildsWhatTheLabBuilds() throws {
    let lab = try Lab(pair())
    try expectTheSame("vxlan", in: lab, but: ["link"]) { node in
      try loadByNetworkd(
        "vxlan", at: node, of: lab,
        until: "[ \"$(bridge fdb show dev vxlan 2>/dev/null | grep -c dst)\" = 4 ]")
    }
  }

  @Test(.enabled(if: getuid() == 0 && isThere(ifupdown2)))
  func ifupdown2BuildsWhatTheLabBuilds() throws {
    let lab = try Lab(pair())
    try expectTheSame("vxlan", in: lab, but: ["link"]) { node in
      let file = try temporary(
        try #require(files(.ifupdown2, "vxlan", at: node, of: lab).first).text)
      let tools = URL(fileURLWithPath: ifupdown2).deletingLastPathComponent().path
      let script = """
        mount -t tmpfs none /run && mkdir -p /run/network && mount -t sysfs none /sys
        mount -t tmpfs none /etc/network && cp -r "$2"/../../../etc/network/ifupdown2 /etc/network/
        cp -r "$2" /run/ifupdown2 && ln -s /run/ifupdown2/__main__.py /run/ifup
        PYTHONPATH=/run exec /usr/bin/python3 /run/ifup -i "$1" -a 2>&1
        """
      let said = try run(
        "unshare", "--mount", "sh", "-c", script, "sh", file, tools, in: lab.nodes[node])
      #expect(!said.contains("error"), "\(said)")
    }
  }

  @Test(.enabled(if: isThere("/usr/sbin/keepalived")))
  func keepalivedTakesItsFileAndMovesTheVIP() throws {
    let lab = try Lab(pair())
    try lab.bringUp(#require(lab.topology.path(named: "vxlan")))
    for (path, interface) in [("native", "lan"), ("vxlan", "vxlan")] {
      let configuration = try temporary(
        try #require(files(.keepalived, path, at: 0, of: lab).first).text)
      let verdict = try run(
        "sh", "-c", "keepalived -t -f \"$1\" 2>&1; echo code $?", "sh", configuration,
        in: lab.nodes[0])
      #expect(verdict.hasSuffix("code 0\n"), "\(verdict)")
      let vip = try #require(lab.topology.path(named: path)).vip
      let script = """
        keepalived --dont-fork --vrrp -f "$1" -p "$1.pid" -r "$1.vrrp.pid" & daemon=$!
        for attempt in $(seq 100); do
          ip -brief address show dev \(interface) | grep -q \(vip) && echo held && break
          sleep 0.1
        done
        kill $daemon; wait $daemon
        """
      let said = try run("sh", "-c", script, "sh", configuration, in: lab.nodes[0])
      #expect(said == "held\n", "\(path): \(said)")
    }
    #expect(throws: ExportRefusal.self) { try files(.keepalived, "native", at: 2, of: lab) }
  }

  @Test func whatAFormCannotExpressIsRefused() throws {
    let lab = try Lab(pair(family: .v6))
    #expect(throws: ExportRefusal.self) { try files(.script, "native", at: 0, of: lab) }
    #expect(throws: ExportRefusal.self) { try files(.ifupdown2, "vxlan", at: 0, of: lab) }
  }
}

/// Over GENEVE, where the running kernel has it: `LabKernelTests` runs it in the lab kernel.
extension GENEVETests {
  private func mesh() throws -> Lab {
    let topology = try Topology(
      parsing: """
        segments: { lan: { subnet: 10.0.1.0/24 } }
        nodes:
          alpha: { on: { lan: 10.0.1.20 } }
          bravo: { on: { lan: 10.0.1.21 } }
          chloe: { on: { lan: 10.0.1.22 } }
        paths:
          over: { kind: geneve, subnet: 192.168.1.0/24, vip: 192.168.1.200 }
        failover: { every: 1s }
        """, file: "mesh.yaml")
    return try Lab(topology)
  }

  private func expectThatPacketsPass(in lab: Lab) throws {
    let ping = try run("ping", "-c", "1", "-W", "2", "192.168.1.22", in: lab.nodes[0])
    #expect(ping.contains("1 received"), "\(ping)")
  }

  @Test func anExportedScriptBuildsTheMesh() throws {
    let lab = try mesh()
    try expectTheSame("over", in: lab) { node in
      let script = try #require(files(.script, "over", at: node, of: lab).first)
      #expect(try run("sh", try temporary(script.text), "up", in: lab.nodes[node]) == "")
    }
    try expectThatPacketsPass(in: lab)
  }

  @Test(.enabled(if: hasNetworkd)) func exportedNetworkdFilesAndTheirScriptBuildTheMesh() throws {
    let lab = try mesh()
    try expectTheSame("over", in: lab) { node in
      try loadByNetworkd(
        "over", at: node, of: lab,
        until: "[ \"$(bridge link show | grep -c 'master over')\" = 2 ]")
    }
    try expectThatPacketsPass(in: lab)
  }
}

private let networkd = "/lib/systemd/systemd-networkd"
private let hasNetworkd = getuid() == 0 && isThere(networkd)

/// Has systemd-networkd, and the script of what it cannot express, build a path in a node.
private func loadByNetworkd(
  _ path: String, at node: Int, of lab: Lab, until isBuilt: String
) throws {
  let folder = try temporaryFolder()
  for file in try files(.networkd, path, at: node, of: lab) {
    try file.text.write(toFile: "\(folder)/\(file.name)", atomically: true, encoding: .utf8)
  }
  let address = try #require(
    lab.topology.path(named: path)?.members.first { $0.node == node }?.address)
  // The daemon alone, with a /run of its own.
  let script = """
    mount -t tmpfs none /run && mkdir -p /run/systemd/network /run/systemd/netif/links \
      /run/systemd/netif/leases /run/systemd/netif/lldp /run/systemd/container
    chown -R systemd-network: /run/systemd/netif
    cp "$1"/*.net* /run/systemd/network/
    mount -t sysfs -o ro none /sys
    \(networkd) >/run/log 2>&1 & daemon=$!
    for attempt in $(seq 100); do
      \(isBuilt) && ip -brief address show dev \(path) | grep -q \(address) && break
      sleep 0.1
    done
    for rest in "$1"/*.sh; do [ ! -e "$rest" ] || sh "$rest"; done
    kill $daemon; wait $daemon; cat /run/log
    """
  let said = try run("unshare", "--mount", "sh", "-c", script, "sh", folder, in: lab.nodes[node])
  #expect(!said.contains("Unknown"), "\(said)")
}

private let ifupdown2 = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent(".build/tools/usr/share/ifupdown2/__main__.py").path

private func isThere(_ file: String) -> Bool { FileManager.default.fileExists(atPath: file) }

private func files(
  _ form: ExportForm, _ path: String, at node: Int, of lab: Lab
) throws -> [ExportedFile] {
  let path = try #require(lab.topology.path(named: path))
  return try #require(ExportedEnd(node, on: path, of: lab.topology)).files(as: form)
}

/// The folder of all files of this suite, removed as the process ends.
private let scratch: URL = {
  atexit { try? FileManager.default.removeItem(at: exportsFolder()) }
  return exportsFolder()
}()

private func exportsFolder() -> URL {
  FileManager.default.temporaryDirectory.appendingPathComponent("vipjuggler-exports-\(getpid())")
}

private func temporaryFolder() throws -> String {
  let folder = scratch.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  return folder.path
}

private func temporary(_ text: String) throws -> String {
  let file = try temporaryFolder() + "/file"
  try text.write(toFile: file, atomically: true, encoding: .utf8)
  return file
}

/// Has the lab build `path`, takes note, takes it away, has `load` build it in every node, and compares;
/// `but` those keys of a link.
private func expectTheSame(
  _ name: String, in lab: Lab, but ignored: [String] = [], _ load: (Int) throws -> Void
) throws {
  let path = try #require(lab.topology.path(named: name))
  try lab.bringUp(path)
  let nodes = lab.topology.nodes.indices
  let built = try nodes.map { try Built(path, in: lab.nodes[$0], but: ignored) }
  for node in nodes {
    for device in built[node].devices {
      _ = try run("ip", "link", "delete", device, in: lab.nodes[node])
    }
  }
  for node in nodes {
    try load(node)
    let loaded = try Built(path, in: lab.nodes[node], but: ignored)
    #expect(loaded.links == built[node].links)
    #expect(loaded.entries == built[node].entries)
    #expect(loaded.addresses == built[node].addresses)
    #expect(!loaded.entries.isEmpty && !loaded.addresses.isEmpty)
  }
}

/// What there is of a path in a node, as ip(8) and bridge(8) tell it, without names that each side chooses.
private struct Built {
  private(set) var devices: [String] = []
  private(set) var links: Set<String> = []
  private(set) var entries: Set<String> = []
  private(set) var addresses: Set<String> = []

  init(_ path: TopologyPath, in namespace: Namespace, but ignored: [String]) throws {
    let all = try json(run("ip", "-j", "-d", "link", "show", in: namespace))
    let own = all.filter {
      $0["ifname"] as? String == path.name || $0["master"] as? String == path.name
    }
    var remotes: [String: String] = [:]
    for link in own {
      let name = link["ifname"] as? String ?? ""
      devices.append(name)
      let info = link["linkinfo"] as? [String: Any] ?? [:]
      var data = info["info_data"] as? [String: Any] ?? [:]
      if info["info_kind"] as? String == "bridge" {
        // Timers and counters.
        data = data.filter { ["stp_state", "vlan_filtering"].contains($0.key) }
      }
      remotes[name] = data["remote"] as? String ?? name
      let port = (info["info_slave_data"] as? [String: Any] ?? [:]).filter {
        ["isolated", "learning", "flood", "bcast_flood", "mcast_flood"].contains($0.key)
      }
      for key in ignored { data[key] = nil }
      links.insert(
        try text([
          "address": link["address"] ?? "", "mtu": link["mtu"] ?? "",
          "kind": info["info_kind"] ?? "", "data": data, "port": port,
        ]))
    }
    for entry in try json(run("bridge", "-j", "fdb", "show", in: namespace)) {
      guard let device = entry["ifname"] as? String, let remote = remotes[device],
        entry["state"] as? String != "permanent" || entry["dst"] != nil
      else { continue }
      entries.insert(
        try text([
          "mac": entry["mac"] ?? "", "dst": entry["dst"] ?? "", "state": entry["state"] ?? "",
          "at": remote,
        ]))
    }
    for link in try json(run("ip", "-j", "address", "show", in: namespace)) {
      guard link["ifname"] as? String == path.name else { continue }
      for address in link["addr_info"] as? [[String: Any]] ?? [] {
        guard address["scope"] as? String == "global" else { continue }
        addresses.insert(
          try text([
            "local": address["local"] ?? "", "prefixlen": address["prefixlen"] ?? "",
          ]))
      }
    }
  }
}

private func json(_ text: String) throws -> [[String: Any]] {
  try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]] ?? []
}

private func text(_ value: [String: Any]) throws -> String {
  String(
    decoding: try JSONSerialization.data(withJSONObject: value, options: .sortedKeys),
    as: UTF8.self)
}
