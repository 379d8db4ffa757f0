import ArgumentParser
import LinuxNet
import NamespaceLab
import RunControl
import TopologyModel

struct UpCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "up",
    abstract: "Build a lab and hold it until Ctrl-C, for `exec` and `shell` to work in.",
    discussion: "No node holds a VIP until you add it to one.")

  @OptionGroup var file: TopologyFile

  @OptionGroup var selection: KernelSelection

  @Flag(help: "No progress on stderr.")
  var quiet = false

  func run() throws {
    try reportingFailure {
      let topology = try file.read()
      let ground = try Ground(topology, on: selection.kernel, writing: [])
      let lab = try ground.openLab(isMeasured: false)
      for path in topology.paths where ground.skipped[path.name] == nil {
        try lab.bringUp(path)
      }
      for path in topology.paths {
        if let reason = ground.skipped[path.name] {
          Console.complain("path `\(path.name)` is skipped: \(reason)")
        }
      }
      Console.print("\(topology.name) is up: \(topology.nodes.map(\.name).joined(separator: " "))")
      if !quiet {
        Console.progress(
          "in another terminal: vipjuggler shell \(topology.nodes[0].name); Ctrl-C takes it down\n")
      }
      withExtendedLifetime(lab) { ground.interruption.wait() }
    }
  }
}
