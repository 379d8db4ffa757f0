import CLinux
import Glibc

/// Namespaces that another process holds, by their names in /proc.
package enum ForeignNamespace {
  /// Moves this process into a network namespace, and first into the user namespace it belongs to,
  /// if it has one of its own (`nsenter`). There the user keeps his number and gets every
  /// capability, for himself and for the programs he runs. /sys shows that namespace then (`ip netns
  /// exec`), and the host is called `name`. Only a process with one thread may.
  package static func enter(
    network: String, user: String?, name: String
  ) throws(KernelError) {
    let network = try Descriptor.opening(network, O_RDONLY)
    if let user {
      try Descriptor.opening(user, O_RDONLY).use { (namespace) throws(KernelError) in
        try checked(clinux_enter_user(namespace), "enter \(user)")
      }
      try checked(clinux_keep_capabilities(), "keep capabilities")
    }
    try network.use { (namespace) throws(KernelError) in
      try checked(clinux_enter_network(namespace), "enter a network namespace")
    }
    // Where that is not allowed, as in some containers, /sys and the name go on being the host's.
    clinux_mount_own_sysfs()
    clinux_take_host_name(name)
  }
}
