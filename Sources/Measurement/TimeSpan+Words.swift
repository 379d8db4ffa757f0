import Packets

extension TimeSpan {
  /// `12.3 ms`, from ten seconds on `12.3 s`.
  package var inMilliseconds: String {
    let tenths = (nanoseconds + 50_000) / 100_000
    guard abs(nanoseconds) < 10_000_000_000 else {
      return "\(tenths / 10_000).\(abs(tenths / 1_000 % 10)) s"
    }
    return "\(tenths / 10).\(abs(tenths % 10)) ms"
  }
}
