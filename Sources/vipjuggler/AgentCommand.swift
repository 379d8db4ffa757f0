import ArgumentParser
import LinuxNet
import NamespaceLab
import NodeAgent

/// The far end of a run on real machines: started there by the run itself.
struct AgentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent",
    abstract: "Be a node of a run on real machines; started there by the run itself.",
    discussion: """
      Takes orders from standard input and reports by standard output, a line of JSON each. When its \
      controller is gone, or silent for 5 s, it undoes what it did and ends.
      """)

  @Flag(
    name: .customLong("undo"),
    help: ArgumentHelp("Undo what an agent did when it is gone.", visibility: .private))
  var isWatcher = false

  @Option(
    help: ArgumentHelp(
      "By which a controller whose line was cut finds it again.", valueName: "word",
      visibility: .private))
  var line: String?

  @Option(
    help: ArgumentHelp(
      "Hand this line over to the agent that was started with that word.", valueName: "word",
      visibility: .private))
  var resume: String?

  func run() throws {
    if isWatcher { UndoWatcher.run() }
    if let resume { return HostAgent.handOver(to: resume) }
    try reportingFailure {
      try HostAgent.run(word: line, version: Tool.name, lacking: AgentCommand.lacking)
    }
  }

  /// What this kernel says to what a path may need.
  @Sendable private static func lacking() -> [String: String] {
    var lacking: [String: String] = [:]
    for capability in [Capability.vxlan, .geneve, .vlan, .ipv6] {
      // Who may not make a namespace to try it in is told so when it is needed.
      if let objection = try? capability.objection() {
        lacking[capability.rawValue] = objection.description
      }
    }
    return lacking
  }
}
