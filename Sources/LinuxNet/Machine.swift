import CLinux
import Glibc

/// What the first process of a kernel does to the machine.
package enum Machine {
  /// `mount -t TYPE [-o OPTIONS] SOURCE TARGET`; folders on the way to the target are made where
  /// that is possible.
  package static func mount(
    _ type: String, on target: String, options: String = "", isReadOnly: Bool = false
  ) throws(KernelError) {
    makeFolder(target)
    try checked(
      clinux_mount(target, type, options, isReadOnly ? 1 : 0), "mount \(type) on \(target)")
  }

  /// A folder of this process's own and of the programs it runs, which is empty and leaves nothing behind
  /// (mount_namespaces(7)).
  package static func coverFolder(_ path: String) throws(KernelError) {
    try checked(clinux_own_mounts(), "unshare --mount")
    try checked(clinux_mount(path, "tmpfs", "mode=0755", 0), "mount -t tmpfs on \(path)")
  }

  /// Has no program of the root file system, which is read-only, become another user
  /// (`mount -o remount,bind,ro,nosuid /`).
  package static func ignoreSetUserID() throws(KernelError) {
    try checked(clinux_ignore_set_user_id(), "mount -o remount,bind,ro,nosuid /")
  }

  package static func makeFolder(_ path: String) {
    var prefix = ""
    for part in path.split(separator: "/") {
      prefix += "/" + part
      mkdir(prefix, 0o755)
    }
  }

  /// Powers off by SysRq: reboot(2) only halts a kernel whose platform names no way to power off.
  package static func powerOff() -> Never {
    try? FileSystem.write("o", to: "/proc/sysrq-trigger")
    while true { pause() }
  }

  /// Another one for every start of the machine.
  package static var bootIdentity: String {
    let text = try? FileSystem.read("/proc/sys/kernel/random/boot_id")
    return text.map { String($0.prefix { $0 != "\n" }) } ?? ""
  }

  /// `uname -m`.
  package static var architecture: String {
    var name = utsname()
    uname(&name)
    return withUnsafeBytes(of: name.machine) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// Whether this process may change its network and see all of its packets (`CAP_NET_ADMIN` and
  /// `CAP_NET_RAW`, capabilities(7)).
  package static var mayChangeNetwork: Bool {
    let status = (try? FileSystem.read("/proc/self/status")) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
    let digits = line?.split(separator: "\t").last ?? ""
    let (admin, raw): (UInt64, UInt64) = (1 << 12, 1 << 13)
    return UInt64(digits, radix: 16).map { $0 & (admin | raw) == admin | raw } ?? false
  }

  /// Bytes that programs and the kernel itself can still have (`MemAvailable` of `/proc/meminfo`).
  package static var freeMemory: Int {
    let text = (try? FileSystem.read("/proc/meminfo")) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") } ?? ""
    let kibibytes = line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return kibibytes.map { $0 << 10 } ?? .max
  }

  /// `nproc`.
  package static var processors: Int { Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// `uname -r`.
  package static var kernelRelease: String {
    var name = utsname()
    uname(&name)
    return withUnsafeBytes(of: name.release) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
