import Packets

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

  /// Less than what the kernel counts in 32 bits of a thousandth of a second.
  private static let longest = TimeSpan.seconds(500 * 3_600)

  /// A time that is a whole number of `unit`.
  private static func whole(
    _ unit: TimeSpan, _ parameter: NeighbourParameter, _ reader: MappingReader,
    _ mistakes: inout Mistakes
  ) -> Int64? {
    guard let span: Located<TimeSpan> = reader.scalar(parameter.rawValue, into: &mistakes)
    else { return nil }
    let (count, rest) = span.value.nanoseconds.quotientAndRemainder(dividingBy: unit.nanoseconds)
    guard rest == 0, span.value <= longest else {
      mistakes.add(
        "\(reader.subject): \(parameter.rawValue): found \(span.value); the kernel takes whole "
          + "multiples of \(unit), 500h at most", at: span.place)
      return nil
    }
    return count
  }

  private static func count(
    _ parameter: NeighbourParameter, _ reader: MappingReader, _ mistakes: inout Mistakes
  ) -> Int64? {
    guard let count: Located<Int> = reader.scalar(parameter.rawValue, into: &mistakes)
    else { return nil }
    // Who never asks everybody never learns an address.
    let range = (parameter == .multicastSolicit ? 1 : 0)...100
    guard range.contains(count.value) else {
      mistakes.add(
        "\(reader.subject): \(parameter.rawValue): found \(count.value), needs \(range.described)",
        at: count.place)
      return nil
    }
    return Int64(count.value)
  }
}
