import ArgumentParser
import Foundation
import LinuxNet
import NamespaceLab

/// Which of the user's running labs is meant.
struct LabSelection: ParsableArguments {
  @Option(
    help: ArgumentHelp("The lab's topology, where several run.", valueName: "name or process"))
  var lab: String?

  @Argument(help: "The node.")
  var node: String

  /// Runs `command` in the node in place of this process.
  func execute(_ command: [String]) throws -> Never {
    let sign = try sign()
    if sign.nodes == nil { throw ExitCode(try executeInLabKernel(command, of: sign)) }
    let error = try NodeCommand.execute(command, in: node, of: sign)
    // As shells have it: 127 for a program that is not there, 126 for one that cannot be run.
    throw Failure(
      message: "\(command[0]): \(String(cString: strerror(error)))",
      code: ExitCode(error == ENOENT ? 127 : 126))
  }

  /// Runs `command` by this program in the lab kernel; its exit code.
  private func executeInLabKernel(
    _ command: [String], of sign: LabDoor.Sign
  ) throws -> Int32 {
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let isOnTerminal =
      isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 && !SessionCaller.isInBackground
    return try SessionCaller.run(
      SessionRequest(
        command: [own, "exec", node, "--"] + command,
        environment: ProcessInfo.processInfo.environment,
        folder: FileManager.default.currentDirectoryPath,
        terminal: isOnTerminal ? Terminal.size(of: STDIN_FILENO) : nil,
        errsToTerminal: isatty(STDERR_FILENO) == 1),
      by: LabDoor.enterLabKernel(of: sign))
  }

  /// Of the lab that is meant.
  private func sign() throws -> LabDoor.Sign {
    let all = try LabDoor.listings()
    let meant = all.filter {
      lab == nil || $0.sign?.topology == lab || "\($0.process)" == lab
    }
    if let only = meant.first, meant.count == 1 {
      if let sign = only.sign { return sign }
      throw Failure(
        message:
          "the lab of process \(only.process) does not answer: it is still being built, or stopped",
        code: .failure)
    }
    let running = all.map { listing in
      listing.sign.map { "`\($0.topology)` (process \(listing.process))" }
        ?? "one that does not answer (process \(listing.process))"
    }.joined(separator: ", ")
    if all.isEmpty && LabKernel.isInside {
      throw Failure(message: "the lab is not up yet; try again", code: .failure)
    }
    if all.isEmpty {
      throw Failure(
        message: "no lab of yours is running in this network namespace; start one with "
          + "`vipjuggler up TOPOLOGY`",
        code: .failure)
    }
    let isNamed = Set(meant.map(\.sign?.topology)).count > 1
    throw Failure(
      message: meant.isEmpty
        ? "no lab `\(lab ?? "")` of yours is running; there is \(running)"
        : "several labs of yours are running: \(running); say which with --lab, by its "
          + (isNamed ? "name or process" : "process"),
      code: .failure)
  }
}

struct ExecCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec", abstract: "Run a command in a node of a running lab.",
    usage: "vipjuggler exec [--lab <name>] <node> -- <command> ...")

  @OptionGroup var selection: LabSelection

  @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.")
  var command: [String] = []

  func validate() throws {
    if command.isEmpty {
      throw ValidationError("no command; write it after --, as in: exec alpha -- ip address")
    }
  }

  func run() throws {
    try reportingFailure { try selection.execute(command) }
  }
}

struct ShellCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shell", abstract: "Open a shell in a node of a running lab.")

  @OptionGroup var selection: LabSelection

  func run() throws {
    try reportingFailure {
      try selection.execute([ProcessInfo.processInfo.environment["SHELL"] ?? "/bin/sh"])
    }
  }
}
