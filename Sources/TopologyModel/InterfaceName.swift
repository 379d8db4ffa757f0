/// The rules for a name that becomes the name of a network interface.
enum InterfaceName {
  /// `IFNAMSIZ` less the terminating zero.
  static let longest = 15

  /// Names that mean something else to the kernel: `lo`, and the folders `all` and `default` of
  /// /proc/sys/net/ipv4/conf.
  private static let reserved = ["lo", "all", "default"]

  /// What is wrong with `name`, or `nil`.
  static func objection(to name: String) -> String? {
    if reserved.contains(name) {
      return "`\(name)` is a name the kernel uses itself; choose another"
    }
    guard let first = name.utf8.first, isAlphanumeric(first),
      name.utf8.allSatisfy({ isAlphanumeric($0) || [45, 46, 95].contains($0) })
    else {
      return "`\(name)` becomes an interface name, which takes letters, digits, `-`, `_` and `.` "
        + "and begins with a letter or digit"
    }
    if name.utf8.count > longest {
      return "`\(name)` becomes an interface name and has \(name.utf8.count) characters; "
        + "\(longest) is the most"
    }
    return nil
  }

  /// What keeps `name` from being that of an interface that is there already, or `nil`.
  static func objection(toExisting name: String) -> String? {
    guard let first = name.utf8.first, isAlphanumeric(first),
      name.utf8.allSatisfy({ isAlphanumeric($0) || [45, 46, 95].contains($0) })
    else { return "is no interface's name; needs letters, digits, `-`, `_` and `.`" }
    return name.utf8.count > longest ? "is longer than the \(longest) characters of a name" : nil
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
  }
}
