import ArgumentParser
import LinuxNet
import RunControl
import TopologyModel

struct DownCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "down",
    abstract: "Remove what killed runs left on the machines of a topology.",
    discussion: """
      A run undoes what it did however it ends; this is for machines on which both the agent and its \
      watcher were killed. What no run made is not touched.
      """)

  @OptionGroup var file: TopologyFile

  func run() throws {
    try reportingFailure {
      let topology = try file.read()
      guard topology.isOnHosts else {
        Console.print("\(topology.name) is a lab: it ends with the program, and leaves nothing")
        return
      }
      let site = try HostSite(topology, version: Tool.name, Interruption())
      let swept = Result { try site.sweep() }
      for text in site.end() { Console.complain(text) }
      for (node, removed) in try swept.get() {
        Console.print("\(node): \(removed.isEmpty ? "clean" : "removed")")
        for each in removed { Console.print("  \(each)") }
      }
    }
  }
}
