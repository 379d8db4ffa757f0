import Packets

/// A parameter of a node's neighbour tables, by its name in sysctl(8).
package enum NeighbourParameter: String, CaseIterable, Sendable {
  case baseReachableTime = "base_reachable_time"
  case delayFirstProbeTime = "delay_first_probe_time"
  case gcStaleTime = "gc_stale_time"
  case locktime
  case retransTime = "retrans_time"
  case multicastSolicit = "mcast_solicit"
  case unicastSolicit = "ucast_solicit"
  /// Ignore gratuitous ARP, of IPv6 unsolicited Neighbour Advertisements (`drop_unsolicited_na`).
  case dropGratuitousARP = "drop_gratuitous_arp"

  /// What the kernel counts in.
  enum Unit {
    case milliseconds
    case hundredths
    case seconds
    case count
    case flag
  }

  var unit: Unit {
    switch self {
    case .baseReachableTime, .retransTime: .milliseconds
    case .locktime: .hundredths
    case .delayFirstProbeTime, .gcStaleTime: .seconds
    case .multicastSolicit, .unicastSolicit: .count
    case .dropGratuitousARP: .flag
    }
  }
}

/// What a node's kernel is set to.
package struct NeighbourSetting: Hashable, Sendable {
  package let parameter: NeighbourParameter
  /// As the sysctl takes it.
  package let value: Int64
}

/// The part of the parser that deals with a node's neighbour tables.
extension TopologyParser {
  /// `neigh: { base_reachable_time: 4h, locktime: 1s }`.
  static func neighbourSettings(
    _ node: MappingReader, _ mistakes: inout Mistakes
  ) -> [NeighbourSetting] {
    guard
      let reader = node.mapping("neigh", example: "`{ base_reachable_time: 4h }`", into: &mistakes)
    else { return [] }
    reader.allow(NeighbourParameter.allCases.map(\.rawValue), into: &mistakes)
    return NeighbourParameter.allCases.compactMap { parameter in
      value(of: parameter, reader, &mistakes).map {
        NeighbourSetting(parameter: parameter, value: $0)
      }
    }
  }

  private static func value(
    of parameter: NeighbourParameter, _ reader: MappingReader, _ mistakes: inout Mistakes
  ) -> Int64? {
    switch parameter.unit {
    case .milliseconds: whole(.milliseconds(1), parameter, reader, &mistakes)
    case .hundredths: whole(.milliseconds(10), parameter, reader, &mistakes)
    case .seconds: whole(.seconds(1), parameter, reader, &mistakes)
    case .flag:
      reader.scalar(parameter.rawValue, as: Bool.self, into: &mistakes).map { $0.value ? 1 : 0 }
    case .count: count(parameter, reader, &mistakes)
    }
  }

  /// A time that is a whole number of `unit`.
  private static func whole(
    _ unit: TimeSpan, _ parameter: NeighbourParameter, _ reader: MappingReader,
    _ mistakes: inout Mistakes
  ) -> Int64? {
    guard let span: Located<TimeSpan> = reader.scalar(parameter.rawValue, into: &mistakes)
    else { return nil }
    let (count, rest) = span.value.nanoseconds.quotientAndRemainder(dividingBy: unit.nanoseconds)
    guard rest == 0, count <= Int32.max / 2 else {
      mistakes.add(
        "\(reader.subject): \(parameter.rawValue): found \(span.value); the kernel takes whole "
          + "multiples of \(unit), \(Int(Int32.max / 2)) of them at most", at: span.place)
      return nil
    }
    return count
  }

  private static func count(
    _ parameter: NeighbourParameter, _ reader: MappingReader, _ mistakes: inout Mistakes
  ) -> Int64? {
    guard let count: Located<Int> = reader.scalar(parameter.rawValue, into: &mistakes)
    else { return nil }
    guard (0...100).contains(count.value) else {
      mistakes.add(
        "\(reader.subject): \(parameter.rawValue): found \(count.value), needs 0 to 100",
        at: count.place)
      return nil
    }
    return Int64(count.value)
  }
}
