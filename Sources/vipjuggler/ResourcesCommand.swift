import ArgumentParser
import Foundation
import LinuxNet
import NodeAgent

/// One of the two of `method: ocf`: started in its node by the run itself, which tells it by standard input what
/// it is to do.
struct ResourcesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resources",
    abstract: "Run OCF resource agents at a server; started there by the run itself.",
    shouldDisplay: false)

  func run() throws {
    try reportingFailure {
      let interruption = try Interruption()
      let settings = try JSONDecoder().decode(
        ResourceDaemon.Settings.self, from: FileHandle.standardInput.readToEnd() ?? Data())
      try ResourceDaemon(settings) { Console.print($0) }.run(until: interruption)
    }
  }
}
