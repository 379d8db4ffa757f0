/// What a closure collects.
final class Collected<Value> {
  var values: [Value] = []
}
