import CLinux
import Glibc

/// The user namespace that lets an ordinary user build a lab.
package enum UserNamespace {
  /// Moves the whole process into a new user namespace in which it has every capability and the
  /// user it is keeps its number: programs that give root up, as tcpdump does, would fail to do so
  /// in a namespace without other users. Only a process with one thread may do so.
  package static func enter() throws(KernelError) {
    let (user, group) = (geteuid(), getegid())
    try checked(clinux_unshare_user(), "create a user namespace")
    try write("deny", to: "/proc/self/setgroups")
    try write("\(user) \(user) 1", to: "/proc/self/uid_map")
    try write("\(group) \(group) 1", to: "/proc/self/gid_map")
    // A user who is not root there would lose them to the programs he starts, nft among them.
    try checked(clinux_keep_capabilities(), "keep capabilities")
  }

  /// Whether this process lacks the right to create network namespaces as it is; tried, not
  /// guessed. Throws when it has the right and yet cannot.
  package static func isNeeded() throws(KernelError) -> Bool {
    let result = clinux_try_unshare_network()
    if result == -EPERM { return true }
    try checked(result, "create a network namespace")
    return false
  }

  private static func write(_ text: String, to path: String) throws(KernelError) {
    try FileSystem.write(text, to: path)
  }
}
