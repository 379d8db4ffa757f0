package import Packets

/// How a node that is a machine of its own is reached: by a program that runs another there, with its
/// standard input and output.
package enum Reach: Codable, Hashable, Sendable {
  /// By OpenSSH's client: what stands behind `ssh`.
  case ssh(destination: String)
  /// By any command that takes the program to run behind its own words.
  case exec(command: [String])

  /// As the file has it.
  package var described: String {
    switch self {
    case .ssh(let destination): "ssh \(destination)"
    case .exec(let command): command.joined(separator: " ")
    }
  }

  /// What is wrong with a word that becomes an argument of a program, and may pass by a shell on its
  /// way, as ssh(1) passes what it is given; `nil` where nothing is.
  static func objection(to word: String, isFirst: Bool) -> String? {
    if word.isEmpty { return "is empty" }
    if isFirst && word.hasPrefix("-") { return "begins with `-`, and would be taken for an option" }
    let harmless = word.utf8.allSatisfy {
      (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
        || harmlessMarks.contains($0)
    }
    return harmless ? nil : "has a character that means something to a shell"
  }

  private static let harmlessMarks = Set("-_.:@%+=,/[]".utf8)
}

/// An interface of a machine that is not of our making, or that another is made on.
package struct HostInterface: Codable, Hashable, Sendable {
  /// Its name, or a pattern in which `*` stands for anything; the one of the default route where it
  /// is `nil`.
  package let name: String?
  /// Whether it and the node's address on it are used as they are; otherwise a VLAN link is made on
  /// it and given the address.
  package let isExisting: Bool
  /// By whom what comes from a VIP leaves the segment; `nil` where the host's own routes do.
  package let gateway: IPAddress?

  package init(name: String?, isExisting: Bool, gateway: IPAddress? = nil) {
    self.gateway = gateway
    self.name = name
    self.isExisting = isExisting
  }

  /// As Hetzner's documents have it for a vSwitch.
  static let defaultVLAN: UInt16 = 4000
  static let defaultVLANMTU = 1400

  /// Whether an interface of that name is meant.
  package func matches(_ candidate: String) -> Bool {
    guard let name else { return false }
    return HostInterface.matches(name[...], candidate[...])
  }

  private static func matches(_ pattern: Substring, _ text: Substring) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    if first == "*" {
      return matches(pattern.dropFirst(), text)
        || !text.isEmpty && matches(pattern, text.dropFirst())
    }
    return text.first == first && matches(pattern.dropFirst(), text.dropFirst())
  }
}
