import Foundation
import Glibc
import LinuxNet
import NamespaceLab
import TestSupport
import Testing
import TopologyModel

/// Machines on one segment, as a rack has them, that a run reaches by `exec`: alpha and bravo, a client
/// and another that no run knows of. Each is a namespace of this process.
struct Machines {
  let lab: Lab

  init() throws {
    lab = try Lab(
      Topology(
        parsing: """
          segments:
            rack: { subnet: 10.0.0.0/24 }
          nodes:
            alpha: { on: { rack: 10.0.0.11 } }
            bravo: { on: { rack: 10.0.0.12 } }
            client: { on: { rack: 10.0.0.13 }, role: client }
            other: { on: { rack: 10.0.0.14 }, role: client }
          paths:
            native: { vip: 10.0.0.200 }
          """, file: "rack.yaml"))
  }

  static let names = ["alpha", "bravo", "client", "other"]

  private func namespace(_ name: String) -> Namespace {
    lab.nodes[Machines.names.firstIndex(of: name)!]
  }

  /// What enters a machine.
  func entering(_ name: String) -> [String] { ["nsenter", "--net=\(namespace(name).path)"] }

  /// Runs a program where the machines' cables end, which have their names there; what it prints.
  func atTheSwitch(_ command: String...) throws -> String {
    try outcome(of: ["nsenter", "--net=\(lab.segments[0].path)", "--"] + command).output
  }

  /// A topology of the machines, each reached as `reach` says, with whatever else it holds.
  func topology(
    reach: (String) -> String, _ rest: String = "failover: { every: 1s }",
    paths: String = "native: { vip: 10.0.0.200 }"
  ) throws -> String {
    let nodes = Machines.names.dropLast().enumerated().map { index, name in
      let role = name == "client" ? ", role: client" : ""
      return "  \(name): { \(reach(name)), on: { rack: { address: 10.0.0.\(11 + index), "
        + "interface: rack, existing: true } }\(role) }"
    }
    return try temporaryFile(
      "hosts.yaml",
      """
      name: rack
      segments:
        rack: { subnet: 10.0.0.0/24 }
      nodes:
      \(nodes.joined(separator: "\n"))
      paths:
        \(paths)
      \(rest)
      """)
  }

  /// Pulls a machine's cable, or puts it in again.
  func cut(_ name: String, isCut: Bool = true) throws {
    var batch = NetlinkBatch()
    batch.setLink(InterfaceIndex.port(Machines.names.firstIndex(of: name)!), up: !isCut)
    try lab.segments[0].perform(batch)
  }

  /// Reached by entering their namespaces.
  func byExec(_ name: String) -> String {
    "exec: [\(entering(name).joined(separator: ", "))]"
  }

  /// The same, while there is no file `gate`.
  func byExec(unless gate: String) throws -> (String) -> String {
    let script = try temporaryFile("reach.sh", "test -e '\(gate)' || exec \"$@\"\n")
    return { "exec: [sh, \(script), \(entering($0).joined(separator: ", "))]" }
  }

  /// The program as it is kept where it was sent, by its hash.
  private static let kept = Result {
    let file = try temporaryFile("program")
    try FileManager.default.copyItem(atPath: Program.executable.path, toPath: file)
    let hash = try outcome(of: "sha256sum", file).output.prefix { $0 != " " }
    return (file: file, hash: String(hash))
  }

  /// A folder for what is kept, in which it is.
  static func cache() throws -> String {
    let (file, hash) = try kept.get()
    let program = try temporaryFile("vipjuggler") + "/" + hash
    let folder = URL(fileURLWithPath: program).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try FileManager.default.linkItem(atPath: file, toPath: program)
    return folder.deletingLastPathComponent().path
  }

  /// The same in a lab kernel, by its shell, in /tmp/cache.
  static func caching() throws -> String {
    "mkdir -p /tmp/cache/vipjuggler && "
      + "ln -s '\(Program.executable.path)' /tmp/cache/vipjuggler/\(try kept.get().hash)"
  }

  /// What a machine has now that it did not have at first.
  func changes(at name: String) throws -> [String] {
    let shown = try outcome(
      of: "sh", "-c",
      "\(entering(name).joined(separator: " ")) sh -c 'ip -o link; ip -o -4 address; ip route'")
    let own = ["lo", "rack"]
    return shown.output.split(separator: "\n").map(String.init).filter { line in
      let isOwn = own.contains { line.contains(" \($0): ") || line.contains(" \($0)@") }
      let isKnown =
        line.contains("127.0.0.1/8") || line.contains("10.0.0.1\(Machines.number(name))/24")
        || line.hasPrefix("10.0.0.0/24 dev rack")
      return !isOwn && !isKnown
    }
  }

  private static func number(_ name: String) -> Int { 1 + names.firstIndex(of: name)! }

  /// What is left at any of them.
  func left() throws -> [String] {
    try Machines.names.flatMap { name in try changes(at: name).map { "\(name): \($0)" } }
  }

  /// Whether a process is in a machine.
  func isAt(_ name: String, _ process: Int32) -> Bool {
    func file(_ path: String) -> UInt64? {
      var status = stat()
      return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }
    return file("/proc/\(process)/ns/net") == file(namespace(name).path)
  }

  /// The processes of agents, or of their watchers, whose program is in `folder`.
  static func processes(_ words: String, of folder: String) throws -> [Int32] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { entry in
      guard let process = Int32(entry),
        let program = try? FileManager.default.destinationOfSymbolicLink(
          atPath: "/proc/\(entry)/exe"), program.hasPrefix(folder),
        let line = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline")
      else { return nil }
      let all = String(decoding: line, as: UTF8.self).split(separator: "\0")
      return all.joined(separator: " ").contains(words) ? process : nil
    }
  }
}
