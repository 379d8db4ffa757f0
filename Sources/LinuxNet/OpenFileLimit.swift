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

  /// As far as it can be raised (`ulimit -Hn`).
  package static var most: Int { current.map { Int(clamping: $0.rlim_max) } ?? .max }

  private static var current: rlimit? {
    var limit = rlimit()
    return getrlimit(number, &limit) == 0 ? limit : nil
  }
}
