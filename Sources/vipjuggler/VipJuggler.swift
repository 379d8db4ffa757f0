import ArgumentParser
import Foundation
import LinuxNet
import NamespaceLab

/// The command line.
@main
struct VipJuggler: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vipjuggler",
    abstract: "Shows how long moving a virtual IP cuts clients off, natively and over overlays.",
    discussion: """
      Exit status: 0 good, 1 failed, 2 a limit was exceeded or a transition stuck \
      (compare and watch with --max-loss, juggle), 64 usage, \
      65 bad topology, saved run or journal, 69 a kernel feature or program is missing, 77 not permitted, \
      130 interrupted.
      """,
    version: Tool.version,
    subcommands: [
      CompareCommand.self, JuggleCommand.self, WatchCommand.self, ReflectCommand.self,
      ReportCommand.self,
      JudgeCommand.self,
      FrontierCommand.self, CheckCommand.self, ExportCommand.self, UpCommand.self, ExecCommand.self,
      ShellCommand.self,
      DownCommand.self, AgentCommand.self, HeartbeatCommand.self, ResourcesCommand.self,
      FloatingIPCommand.self,
      RobotCommand.self, HostsCommand.self, NDProxyCommand.self,
    ])

  /// Without a command: where to begin.
  func run() {
    let program = CommandLine.arguments.first ?? "vipjuggler"
    let topologies = Tool.topologies
    Console.print(
      """
      Move a virtual IP, and clients are cut off: for how long, would an overlay do better, and why?
        \(program) watch ADDRESS
            any VIP on any network, from this host: every interruption as it ends. Nothing is moved
        \(program) compare \(topologies)/hetzner-vswitch.yaml --html run.html
            a lab of namespaces: native, VXLAN and GENEVE side by side, and the page to look at
        \(program) juggle \(topologies)/hetzner-vswitch.yaml
            one path of it, live. The other stories are there, too, each with its drawing
        \(program) up \(topologies)/two-node.yaml
            a lab to work in: shell NODE, exec NODE -- COMMAND
        \(program) --help
      """)
  }
}

extension VipJuggler {
  static func main() {
    if LabKernelGuest.isFirstProcess { LabKernelGuest.run() }
    StreamEnd.keepStandardNumbers()
    // A file that may not grow further (`ulimit -f`) is said to be, as one on a full disk is.
    signal(SIGXFSZ, SIG_IGN)
    main(nil)
  }
}

/// This program, as reports name it.
enum Tool {
  static let version = "0.1.0"
  static let name = "vipjuggler \(version)"

  /// Where the topologies are: here, as in a checkout, or where `make install` put them.
  static var topologies: String {
    let here = "topologies"
    guard !FileManager.default.fileExists(atPath: here),
      let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    else { return here }
    let prefix = URL(fileURLWithPath: own).deletingLastPathComponent().deletingLastPathComponent()
    let installed = prefix.appendingPathComponent("share/doc/vipjuggler/topologies").path
    return FileManager.default.fileExists(atPath: installed) ? installed : here
  }
}
