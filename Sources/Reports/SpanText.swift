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

  package func text(_ span: TimeSpan?) -> String { span.map { text($0) } ?? "-" }

  private func exact(_ span: TimeSpan) -> String {
    if span >= .seconds(10) { return SpanText.decimal(span, per: .seconds(1), places: 1) + " s" }
    let steps: [Int64] = [1_000_000, 100_000, 10_000]
    let places = steps.firstIndex { resolution.nanoseconds % $0 == 0 } ?? steps.count
    return SpanText.decimal(span, per: .milliseconds(1), places: places) + " ms"
  }

  /// A span that does not hang on the probe interval, as between two kernel timestamps.
  package static func fine(_ span: TimeSpan?) -> String {
    guard let span else { return "-" }
    return span < .milliseconds(1)
      ? decimal(span, per: .microseconds(1), places: 0) + " us"
      : decimal(span, per: .milliseconds(1), places: 1) + " ms"
  }

  private static func decimal(_ span: TimeSpan, per unit: TimeSpan, places: Int) -> String {
    var scale: Int64 = 1
    for _ in 0..<places { scale *= 10 }
    let rounded = (span.nanoseconds * scale + unit.nanoseconds / 2) / unit.nanoseconds
    guard places > 0 else { return "\(rounded)" }
    let fraction = String(rounded % scale)
    return "\(rounded / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
  }
}
