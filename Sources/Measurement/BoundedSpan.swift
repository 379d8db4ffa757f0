package import Packets

/// A span from an instant of one clock to one of another, as far as the two are known.
package struct BoundedSpan: Hashable, Sendable {
  package let span: TimeSpan
  /// By how much it may be wrong; zero of one clock.
  package let bound: TimeSpan

  package init(_ span: TimeSpan, bound: TimeSpan = .zero) {
    self.span = span
    self.bound = bound
  }

  /// Whether it is longer than what it may be wrong by.
  package var isKnown: Bool { span >= bound }
  /// It is no longer, where it is not known.
  package var most: TimeSpan { max(span, bound) }
}

extension [BoundedSpan] {
  /// `nil` of none, and where most are shorter than what they may be wrong by. To leave those out would
  /// leave the longer ones.
  package var median: TimeSpan? {
    guard 2 * count(where: \.isKnown) >= count else { return nil }
    return Distribution(map(\.most))?.p50
  }
}
