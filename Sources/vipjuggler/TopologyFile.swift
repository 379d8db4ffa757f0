import ArgumentParser
import Foundation
import TopologyModel

/// The topology that a command works on.
struct TopologyFile: ParsableArguments {
  @Argument(help: "The topology file.", completion: .file(extensions: ["yaml", "yml"]))
  var topology: String

  func read() throws -> Topology {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: topology, isDirectory: &isFolder)
    guard !isFolder.boolValue, let data = FileManager.default.contents(atPath: topology) else {
      let code = isFolder.boolValue ? EISDIR : exists ? EACCES : ENOENT
      let reason = String(cString: strerror(code))
      throw Failure(message: "\(topology): cannot be read: \(reason)", code: .badTopology)
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw Failure(message: "\(topology):1:1: not UTF-8 text", code: .badTopology)
    }
    return try Topology(parsing: text, file: topology)
  }
}
