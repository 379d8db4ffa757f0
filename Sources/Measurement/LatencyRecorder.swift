import Histogram
package import Packets

/// The instants of an answered probe (RFC 8762, section 4): sent, received and sent back at the
/// reflector, received.
package struct RoundTrip: Hashable, Sendable {
  package var sent: Timestamp
  package var reflectorReceived: Timestamp
  package var reflectorSent: Timestamp
  package var received: Timestamp

  package init(
    sent: Timestamp, reflectorReceived: Timestamp, reflectorSent: Timestamp, received: Timestamp
  ) {
    self.sent = sent
    self.reflectorReceived = reflectorReceived
    self.reflectorSent = reflectorSent
    self.received = received
  }

  /// Without the time that the probe spent at the reflector.
  package var time: TimeSpan { (received - sent) - (reflectorSent - reflectorReceived) }
  /// One way; of worth where both ends have the same clock.
  package var forward: TimeSpan { reflectorReceived - sent }
  package var backward: TimeSpan { received - reflectorSent }
}

/// Collects round trips. Its memory is taken once; recording allocates nothing.
package struct LatencyRecorder: Codable, Sendable {
  package private(set) var roundTrips = SpanRecorder()
  package private(set) var forward = SpanRecorder()
  package private(set) var backward = SpanRecorder()
  package private(set) var sent = 0
  package private(set) var reordered = 0
  package private(set) var duplicates = 0
  /// The number after the highest that was answered: `NextExp` of RFC 4737.
  private var expected: UInt32 = 0

  package init() {}

  package var lost: Int { sent - roundTrips.count }

  package mutating func recordSent() { sent += 1 }

  /// The first answer to probe number `sequence`, in the order of arrival. It was reordered when
  /// one sent after it has come before it (RFC 4737, section 3.3).
  package mutating func record(_ roundTrip: RoundTrip, sequence: UInt32) {
    roundTrips.record(roundTrip.time)
    forward.record(roundTrip.forward)
    backward.record(roundTrip.backward)
    if sequence < expected {
      reordered += 1
    } else {
      expected = sequence + 1
    }
  }

  /// Whether it can be what `samples` probes gave: it may come from another machine.
  package func isPlausible(of samples: Int) -> Bool {
    let most = 0...(2 * samples)
    return [sent, reordered, duplicates, roundTrips.count].allSatisfy(most.contains)
      && roundTrips.count <= sent && roundTrips.count == forward.count
      && forward.count == backward.count
  }

  package mutating func recordDuplicate() { duplicates += 1 }

  /// Takes in what another round recorded.
  package mutating func add(_ other: LatencyRecorder) {
    roundTrips.add(other.roundTrips)
    forward.add(other.forward)
    backward.add(other.backward)
    sent += other.sent
    reordered += other.reordered
    duplicates += other.duplicates
  }
}

/// Spans in a high dynamic range histogram, exact to three digits, and their exact sums.
package struct SpanRecorder: Sendable {
  private var histogram = Histogram<UInt32>(
    highestTrackableValue: UInt64(SpanRecorder.longest.nanoseconds),
    numberOfSignificantValueDigits: .three)
  private var sum: Int64 = 0
  private var sumOfSquares: UInt128 = 0
  package private(set) var count = 0
  package private(set) var min = longest
  package private(set) var max = TimeSpan.zero

  /// Longer ones are taken for this.
  private static let longest = TimeSpan.seconds(10)

  package init() {}

  /// A negative span, as between clocks that disagree, counts as none.
  package mutating func record(_ span: TimeSpan) {
    let kept = Swift.min(Swift.max(span, .zero), SpanRecorder.longest)
    let nanoseconds = UInt64(kept.nanoseconds)
    _ = histogram.record(nanoseconds)
    sum += kept.nanoseconds
    sumOfSquares += UInt128(nanoseconds) * UInt128(nanoseconds)
    count += 1
    min = Swift.min(min, kept)
    max = Swift.max(max, kept)
  }

  package mutating func add(_ other: SpanRecorder) {
    histogram.add(other.histogram)
    sum += other.sum
    sumOfSquares += other.sumOfSquares
    count += other.count
    min = Swift.min(min, other.min)
    max = Swift.max(max, other.max)
  }

  /// As ping(8) computes it.
  package var average: TimeSpan {
    TimeSpan(nanoseconds: count == 0 ? 0 : sum / Int64(count))
  }

  /// ping's `mdev`: the root of the mean of the squares less the square of the mean.
  package var deviation: TimeSpan {
    guard count > 0 else { return .zero }
    let mean = Double(sum) / Double(count)
    let variance = Double(sumOfSquares) / Double(count) - mean * mean
    return TimeSpan(nanoseconds: Int64(Swift.max(0, variance).squareRoot()))
  }

  /// The span that `percent` of all are no longer than.
  package func percentile(_ percent: Double) -> TimeSpan {
    let value = Int64(histogram.valueAtPercentile(percent))
    return Swift.min(Swift.max(TimeSpan(nanoseconds: value), min), max)
  }

  package var distribution: Distribution? {
    guard count > 0 else { return nil }
    return Distribution(
      min: min, p50: percentile(50), p90: percentile(90), p99: percentile(99), max: max)
  }

  /// How many spans were no longer than each of the values that came up, the shortest first; at
  /// most `most` of them.
  package func cumulative(most: Int) -> [CumulativeCount] {
    var total = 0
    let all = histogram.recordedValues().map { step in
      total += Int(step.count)
      return CumulativeCount(
        value: Swift.min(TimeSpan(nanoseconds: Int64(step.value)), max), count: total)
    }
    guard all.count > most else { return all }
    return (1...most).map { all[$0 * all.count / most - 1] }
  }
}

extension SpanRecorder: Codable {
  private struct Coded: Codable {
    var values: [UInt64]
    var counts: [UInt32]
    var sum: Int64
    /// Too large for a number in JSON.
    var sumOfSquares: String
    var min: TimeSpan
    var max: TimeSpan
  }

  package init(from decoder: any Decoder) throws {
    let coded = try Coded(from: decoder)
    self.init()
    let all = coded.counts.reduce(UInt64(0)) { $0 &+ UInt64($1) }
    let longest = UInt128(SpanRecorder.longest.nanoseconds)
    let spans = TimeSpan.zero...SpanRecorder.longest
    guard coded.values.count == coded.counts.count, all <= 1 << 32,
      let sumOfSquares = UInt128(coded.sumOfSquares), coded.sum >= 0,
      UInt128(coded.sum) <= UInt128(all) * longest,
      sumOfSquares <= UInt128(all) * longest * longest, spans.contains(coded.min),
      spans.contains(coded.max)
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "a histogram is not whole"))
    }
    for (value, times) in zip(coded.values, coded.counts) {
      histogram.record(Swift.min(value, UInt64(SpanRecorder.longest.nanoseconds)), count: times)
      count += Int(times)
    }
    (sum, self.sumOfSquares, min, max) = (coded.sum, sumOfSquares, coded.min, coded.max)
  }

  package func encode(to encoder: any Encoder) throws {
    let steps = histogram.recordedValues()
    try Coded(
      values: steps.map(\.value), counts: steps.map { UInt32($0.count) }, sum: sum,
      sumOfSquares: "\(sumOfSquares)", min: min, max: max
    ).encode(to: encoder)
  }
}

/// So many values were no longer than this one.
package struct CumulativeCount: Codable, Hashable, Sendable {
  package var value: TimeSpan
  package var count: Int

  package init(value: TimeSpan, count: Int) {
    self.value = value
    self.count = count
  }

  private enum CodingKeys: String, CodingKey {
    case value = "le_ns"
    case count
  }
}
