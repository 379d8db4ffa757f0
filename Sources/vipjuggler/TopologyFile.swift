import ArgumentParser
import Foundation
import TopologyModel

/// The topology that a command works on.
struct TopologyFile: ParsableArguments {
  @Argument(help: "The topology file.", completion: .file(extensions: ["yaml", "yml"]))
  var topology: String

  func read() throws -> Topology {
    let data = try InputFile.read(topology)
    guard let text = String(data: data, encoding: .utf8) else {
      throw Failure(message: "\(topology):1:1: not UTF-8 text", code: .badInput)
    }
    return try Topology(parsing: text, file: topology)
  }
}
