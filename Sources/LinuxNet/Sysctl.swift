import Glibc
package import Packets

/// Kernel parameters of the network namespace that the calling thread is in (`sysctl net.…`).
package enum Sysctl {
  /// `name` in the dotted form of sysctl(8), without `net.`: `ipv4.neigh.lan.locktime`. A dot
  /// inside an interface name is written as a slash, as there.
  package static func set(_ name: String, to value: String) throws(KernelError) {
    try FileSystem.write(value, to: path(name))
  }

  package static func get(_ name: String) throws(KernelError) -> String {
    let text = try FileSystem.read(path(name))
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
  }

  package static func exists(_ name: String) -> Bool { access(path(name), F_OK) == 0 }

  /// An interface's name as a part of a parameter's: a dot inside it is written as a slash.
  package static func scope(ofInterface name: String) -> String {
    String(name.map { $0 == "." ? "/" : $0 })
  }

  private static func path(_ name: String) -> String {
    "/proc/sys/net/"
      + String(name.map { $0 == "." ? "/" : $0 == "/" ? "." : $0 })
  }
}

extension IPFamily {
  /// What its parameters begin with: `ipv4` or `ipv6`.
  package var sysctl: String { self == .v4 ? "ipv4" : "ipv6" }
}
