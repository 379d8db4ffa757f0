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
      let swept = try HostSite.sweep(topology, version: Tool.name, Interruption())
      var isDone = swept.left.isEmpty
      for (node, found) in swept.machines {
        do {
          let found = try found.get()
          if found.isEmpty { Console.print("\(node): clean") }
          for each in found { Console.print("\(node): \(each)") }
        } catch {
          Console.complain("\(error)")
          isDone = false
        }
      }
      for text in swept.left { Console.complain(text) }
      if !isDone { throw ExitCode(1) }
    }
  }
}
