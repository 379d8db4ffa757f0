import Glibc

/// How many descriptors this process may have open (`RLIMIT_NOFILE`).
package enum OpenFileLimit {
  private static let number = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

  /// Raises it as far as an ordinary user may.
  package static func raise() {
    guard var limit = current, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(number, &limit)
  }

  /// Lets it, and what is started from here, have so many: for root.
  package static func allow(_ count: Int) throws(KernelError) {
    var limit = rlimit(rlim_cur: rlim_t(count), rlim_max: rlim_t(count))
    try checked(setrlimit(number, &limit) == 0 ? 0 : -errno, "ulimit -n \(count)")
  }

  /// As far as it can be raised (`ulimit -Hn`).
  package static var most: Int { current.map { Int(clamping: $0.rlim_max) } ?? .max }

  private static var current: rlimit? {
    var limit = rlimit()
    return getrlimit(number, &limit) == 0 ? limit : nil
  }
}
