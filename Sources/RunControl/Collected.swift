/// What a closure collects: everything, or no more than the latest where a run has no end.
final class Collected<Value> {
  private(set) var values: [Value] = []
  /// Those before, which are not kept.
  private(set) var earlier = 0
  private let most: Int?

  init(most: Int? = nil) { self.most = most }

  func append(_ value: Value) {
    values.append(value)
    // Some at once: what is left is moved up.
    guard let most, values.count >= most + most / 10 else { return }
    earlier += values.count - most
    values.removeFirst(values.count - most)
  }
}
