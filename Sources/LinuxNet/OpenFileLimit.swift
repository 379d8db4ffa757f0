import Glibc

/// How many descriptors this process may have open (`RLIMIT_NOFILE`).
package enum OpenFileLimit {
  /// Raises it as far as an ordinary user may.
  package static func raise() {
    let number = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(number, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(number, &limit)
  }
}
