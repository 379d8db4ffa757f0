import ArgumentParser
import TopologyModel

/// The topology that a command works on.
struct TopologyFile: ParsableArguments {
  @Argument(help: "The topology file.", completion: .file(extensions: ["yaml", "yml"]))
  var topology: String

  func read() throws -> Topology {
    let bytes = try InputFile.read(topology, upTo: TopologyLimits.bytes)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(message: "\(topology):1:1: not UTF-8 text", code: .badInput)
    }
    return try Topology(parsing: text, file: topology)
  }
}
