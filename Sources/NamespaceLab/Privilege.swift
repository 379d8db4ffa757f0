package import LinuxNet

/// The right to make namespaces, as root or through a user namespace.
package enum Privilege {
  /// Neither way is open to this user; the text says what to do.
  package struct Denied: Error, CustomStringConvertible {
    package let cause: KernelError

    package var description: String {
      "not permitted to make network namespaces: \(cause)\n"
        + "run as root, or allow user namespaces: `sysctl -w user.max_user_namespaces=15000`, "
        + "`sysctl -w user.max_net_namespaces=15000`, and where they exist "
        + "`sysctl -w kernel.unprivileged_userns_clone=1`, "
        + "`sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`"
    }
  }

  /// Makes sure that this process may make network namespaces, entering a user namespace if it
  /// must; whether it did. Only a process with one thread may ask.
  package static func acquire() throws(Denied) -> Bool {
    do {
      if try !UserNamespace.isNeeded() { return false }
      try UserNamespace.enter()
      _ = try Namespace()
      return true
    } catch {
      throw Denied(cause: error)
    }
  }
}
