import Glibc
import Packets

/// Where values stand on a chart, from `range` of values to `space` of coordinates.
struct ChartAxis {
  let range: ClosedRange<Double>
  let space: ClosedRange<Double>
  let isLogarithmic: Bool

  /// A logarithmic axis shows nothing below its lower end, which must be positive.
  init(_ range: ClosedRange<Double>, in space: ClosedRange<Double>, isLogarithmic: Bool = false) {
    let least = range.lowerBound
    let wide = range.upperBound > least ? range.upperBound : least + max(abs(least), 1)
    self.range = least...wide
    self.space = space
    self.isLogarithmic = isLogarithmic
  }

  func position(_ value: Double) -> Double {
    let kept = min(max(value, range.lowerBound), range.upperBound)
    let share =
      isLogarithmic
      ? log(kept / range.lowerBound) / log(range.upperBound / range.lowerBound)
      : (kept - range.lowerBound) / (range.upperBound - range.lowerBound)
    return space.lowerBound + share * (space.upperBound - space.lowerBound)
  }

  /// Round values to label, a few of them.
  var ticks: [Double] { isLogarithmic ? logarithmicTicks : linearTicks }

  private var linearTicks: [Double] {
    let rough = (range.upperBound - range.lowerBound) / 4
    let magnitude = pow(10, floor(log10(rough)))
    let multiples: [Double] = [1, 2, 5, 10]
    let step = (multiples.first { $0 * magnitude >= rough } ?? 10) * magnitude
    let first = (range.lowerBound / step).rounded(.up) * step
    return stride(from: first, through: range.upperBound * (1 + 1e-9), by: step).map { $0 }
  }

  private var logarithmicTicks: [Double] {
    let decades = log10(range.upperBound / range.lowerBound)
    let multiples: [Double] = decades > 3 ? [1] : decades > 1.5 ? [1, 3] : [1, 2, 5]
    let first = Int(floor(log10(range.lowerBound)))
    let last = Int(ceil(log10(range.upperBound)))
    let kept = (range.lowerBound * (1 - 1e-9))...(range.upperBound * (1 + 1e-9))
    return (first...last).flatMap { exponent -> [Double] in
      multiples.map { multiple in multiple * pow(10, Double(exponent)) }
    }.filter(kept.contains)
  }
}

extension TimeSpan {
  /// A round span: `20 us`, `0.5 s`.
  var label: String {
    let units: [(String, Double)] = [("s", 1), ("ms", 1e3), ("us", 1e6)]
    let (unit, scale) = units.first { abs(seconds) * $0.1 >= 0.9999 } ?? ("us", 1e6)
    let text = FigureText.decimal(seconds * scale, places: 2)
    let trimmed = text.reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed()
    return nanoseconds == 0 ? "0" : String(trimmed) + " " + unit
  }
}
