import CLinux
import Glibc

/// Namespaces that another process holds, by their names in /proc.
package enum ForeignNamespace {
  private static let hostsFile = "/etc/hosts"

  /// Moves this process into a network namespace, and first into the user namespace it belongs to,
  /// if it has one of its own (`nsenter`). There the user keeps his number and gets every
  /// capability, for himself and for the programs he runs. /sys shows that namespace then, the host
  /// is called `name`, and its hosts file has `hosts` before its own lines (`ip netns exec`). Only a process with one
  /// thread may.
  package static func enter(
    network: String, user: String?, name: String, hosts: String
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
    // Where that is not allowed, as in some containers, they go on being the host's.
    if clinux_own_mounts() == 0 {
      clinux_mount_own_sysfs()
      let own = (try? FileSystem.read(hostsFile)) ?? ""
      clinux_cover_file(hostsFile, hosts + own)
    }
    clinux_take_host_name(name)
  }
}
