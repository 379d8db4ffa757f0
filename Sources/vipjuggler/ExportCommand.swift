import ArgumentParser
import Exports
import Foundation
import TopologyModel

extension ExportForm: ExpressibleByArgument {}

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a path for production: a script, systemd-networkd, ifupdown2 or keepalived.",
    discussion: """
      Writes to stdout, or with --output a folder for each node. Every file says at its top what its \
      target cannot express.
      """)

  @OptionGroup var file: TopologyFile

  @Option(help: ArgumentHelp("The path.", valueName: "name"))
  var path: String

  @Option(name: .customLong("as"), help: "What to write it for.")
  var form: ExportForm

  @Option(
    help: ArgumentHelp("Only this node; every one that takes part if not given.", valueName: "name")
  )
  var node: String?

  @Option(help: ArgumentHelp("Write files there, a folder for each node.", valueName: "folder"))
  var output: String?

  @Flag(help: "Write over files that are there and say something else.")
  var force = false

  func validate() throws {
    if output?.isEmpty ?? false {
      throw ValidationError("--output: the folder's name is empty; `.` is this folder")
    }
  }

  func run() throws {
    try reportingFailure {
      let topology = try file.read()
      guard !topology.isOnHosts else {
        throw Failure(
          message:
            "exports are of labs in this version; take `ssh`, `exec` and the interfaces out of a "
            + "copy of \(file.topology)", code: .validationFailure)
      }
      guard let path = topology.path(named: path) else {
        let names = topology.paths.map { "`\($0.name)`" }.joined(separator: ", ")
        throw Failure(
          message: "no path `\(self.path)`; there is \(names)", code: .validationFailure)
      }
      let exports = try ends(of: path, in: topology).map { end in
        do throws(ExportRefusal) {
          return (node: end.node, files: try end.files(as: form))
        } catch {
          throw Failure(message: "\(error)", code: .validationFailure)
        }
      }
      if let output {
        let folders = exports.map { ("\(output)/\($0.node)", $0.files) }
        if !force { for (folder, files) in folders { try checkReplaced(files, in: folder) } }
        for (folder, files) in folders { try write(files, to: folder) }
      } else {
        show(exports)
      }
    }
  }

  private func ends(of path: TopologyPath, in topology: Topology) throws -> [ExportedEnd] {
    let ends = topology.nodes.indices.compactMap { ExportedEnd($0, on: path, of: topology) }
    guard let node else {
      // Only servers hold a VIP.
      return form == .keepalived ? ends.filter(\.isServer) : ends
    }
    guard let end = ends.first(where: { $0.node == node }) else {
      let names = ends.map { "`\($0.node)`" }.joined(separator: ", ")
      throw Failure(
        message: "node `\(node)` takes no part in path `\(path.name)`; \(names) do",
        code: .validationFailure)
    }
    return [end]
  }

  /// One after the other, each named where there are several. Of scripts without their units, so that
  /// one can be run as it is.
  private func show(_ exports: [(node: String, files: [ExportedFile])]) {
    let all = exports.flatMap { export in
      export.files.filter { form != .script || $0.isExecutable }.map { (export.node, $0) }
    }
    if form == .script { Console.progress("--output writes the unit that runs it at boot, too\n") }
    for (node, file) in all {
      let head = all.count > 1 ? "### \(node)/\(file.name)\n" : ""
      Console.print(styled: head + file.text.dropLast(file.text.hasSuffix("\n") ? 1 : 0))
    }
  }

  private func checkReplaced(_ files: [ExportedFile], in folder: String) throws {
    for file in files {
      let name = "\(folder)/\(file.name)"
      guard let old = FileManager.default.contents(atPath: name), old != Data(file.text.utf8)
      else { continue }
      throw Failure(
        message:
          "\(name) is there and says something else; nothing was written. --force writes over it",
        code: .failure)
    }
  }

  private func write(_ files: [ExportedFile], to folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw OutputFile.refusal(folder, (error as NSError).posixCode)
    }
    for file in files {
      let name = "\(folder)/\(file.name)"
      try OutputFile(name).write(Data(file.text.utf8))
      if file.isExecutable {
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: name)
      }
      Console.print(name)
    }
  }
}
