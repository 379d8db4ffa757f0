import Glibc
import LinuxNet

/// A program run inside a node of a lab.
package enum NodeCommand {
  /// The lab has no node of that name.
  package struct UnknownNode: Error, CustomStringConvertible {
    package let description: String
  }

  /// Replaces this process by `command`, run in node `node`; returns only when the program cannot
  /// be started, with the `errno`.
  package static func execute(
    _ command: [String], in node: String, of sign: LabDoor.Sign
  ) throws -> Int32 {
    let nodes = sign.nodes ?? [:]
    guard let namespace = nodes[node] else {
      let known = nodes.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")
      throw UnknownNode(description: "the lab has no node `\(node)`; it has \(known)")
    }
    try ForeignNamespace.enter(
      network: namespace,
      user: sign.isRootless ? "/proc/\(sign.process)/ns/user" : nil, name: node,
      hosts: sign.hosts ?? "")
    var pointers = command.map { strdup($0) } + [nil]
    signal(SIGXFSZ, SIG_DFL)
    execvp(command[0], &pointers)
    return errno
  }
}
