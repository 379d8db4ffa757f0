package import Measurement
package import Packets

/// Writes measured spans no finer than they were measured.
package struct SpanText: Sendable {
  private let resolution: TimeSpan

  /// `resolution` is the probe interval.
  package init(resolution: TimeSpan) {
    self.resolution = resolution
  }

  /// `3 ms`, `0.4 ms`, `41.8 s`; `< 1 ms` for what is shorter than one interval.
  package func text(_ span: TimeSpan) -> String {
    let magnitude = abs(span.nanoseconds)
    guard magnitude >= resolution.nanoseconds else { return "< " + exact(resolution) }
    let steps = (magnitude + resolution.nanoseconds / 2) / resolution.nanoseconds
    return (span < .zero ? "-" : "") + exact(TimeSpan(nanoseconds: steps * resolution.nanoseconds))
  }

  package func text(_ span: TimeSpan?) -> String { span.map { text($0) } ?? FigureText.missing }

  package func text(_ interval: ConfidenceInterval?) -> String {
    guard let interval else { return FigureText.missing }
    let ends = [interval.low, interval.high].map { text(TimeSpan(clamping: $0)) }
    return ends[0] == ends[1] ? ends[0] : ends.joined(separator: " to ")
  }

  private func exact(_ span: TimeSpan) -> String {
    if span >= .seconds(10) { return FigureText.decimal(span.seconds, places: 1) + " s" }
    let steps: [Int64] = [1_000_000, 100_000, 10_000]
    let places = steps.firstIndex { resolution.nanoseconds % $0 == 0 } ?? steps.count
    return FigureText.decimal(span.seconds * 1e3, places: places) + " ms"
  }

  /// A span that does not hang on the probe interval, as between two kernel timestamps, in three
  /// digits: `7.31 us`.
  package static func fine(_ span: TimeSpan?) -> String {
    span.map { fine([$0]) } ?? FigureText.missing
  }

  /// Spans in the unit of the second, or only, one, as ping writes them: `5.73/8.47/239/5.24 us`.
  package static func fine(_ spans: [TimeSpan], separator: String = "/") -> String {
    let leading = spans.dropFirst().first ?? spans[0]
    let units: [(String, Double)] = [("s", 1), ("ms", 1e3), ("us", 1e6)]
    let (unit, scale) = units.first { abs(leading.seconds) * $0.1 >= 1 } ?? ("us", 1e6)
    return spans.map { FigureText.digits($0.seconds * scale) }.joined(separator: separator) + " "
      + unit
  }
}
