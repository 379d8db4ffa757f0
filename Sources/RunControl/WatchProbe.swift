import TopologyModel

/// What a watched address is probed with.
package enum WatchProbe: Hashable, Sendable {
  case icmp
  case arp
  case stamp(port: UInt16)
  case tcp(port: UInt16)
  /// A GET of `path`; of whoever `nameHeader`, or the first line of the page, names.
  case http(port: UInt16, path: String, nameHeader: String?)
}

extension WatchProbe {
  /// `nil` of what no lab is probed with.
  var kind: ProbeKind? {
    switch self {
    case .icmp: .icmp
    case .arp: nil
    case .stamp: .stamp
    case .tcp: .tcp
    case .http: .http
    }
  }
}

extension WatchProbe: CustomStringConvertible {
  /// As `--probe` takes it.
  package var description: String {
    switch self {
    case .icmp: "icmp"
    case .arp: "arp"
    case .stamp(let port): "stamp:\(port)"
    case .tcp(let port): "tcp:\(port)"
    case .http(let port, let path, _): "http:\(port)\(path)"
    }
  }
}
