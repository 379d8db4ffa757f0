import Glibc
import LinuxNet

/// A program run inside a node of a lab.
package enum NodeCommand {
  /// Replaces this process by `command`, run in node `node`; returns only when that fails, with the
  /// reason.
  package static func execute(
    _ command: [String], in node: String, of sign: LabDoor.Sign
  ) -> String {
    guard let descriptor = sign.nodes[node] else {
      return "the lab has no node `\(node)`; it has "
        + sign.nodes.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")
    }
    var arguments = ["nsenter", "--net=/proc/\(sign.process)/fd/\(descriptor)"]
    if sign.isRootless {
      // An ordinary user stays who he is, with the capabilities of the lab's user namespace.
      arguments += ["--user=/proc/\(sign.process)/ns/user", "--preserve-credentials"]
      arguments += ["--", "setpriv", "--inh-caps=+all", "--ambient-caps=+all"]
    }
    arguments += ["--"] + command
    Interruption.release()
    var pointers = arguments.map { strdup($0) } + [nil]
    execvp("nsenter", &pointers)
    return "nsenter (package util-linux): \(String(cString: strerror(errno)))"
  }
}
