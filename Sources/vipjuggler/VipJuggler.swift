import ArgumentParser
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
      CheckCommand.self, UpCommand.self, ExecCommand.self, ShellCommand.self,
    ])
}

extension VipJuggler {
  static func main() {
    if LabKernelGuest.isFirstProcess { LabKernelGuest.run() }
    main(nil)
  }
}

/// This program, as reports name it.
enum Tool {
  static let version = "0.1.0"
  static let name = "vipjuggler \(version)"
}
