/// The known word a mistyped one was most likely meant to be, if any is near enough.
package func nearest(to word: String, among known: [String]) -> String? {
  let candidates = known.map { ($0, editDistance(word.lowercased(), $0.lowercased())) }
  guard let (best, distance) = candidates.min(by: { $0.1 < $1.1 }) else { return nil }
  return distance <= max(1, word.count / 3 + 1) && distance < word.count ? best : nil
}

/// `, did you mean …?` when a known word is near, otherwise the list of known words.
func suggestion(for word: String, among known: [String]) -> String {
  if let best = nearest(to: word, among: known) { return "did you mean `\(best)`?" }
  return "known here: " + known.map { "`\($0)`" }.joined(separator: ", ")
}

/// The Levenshtein distance.
private func editDistance(_ left: String, _ right: String) -> Int {
  let right = Array(right)
  var row = Array(0...right.count)
  for (i, character) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in right.enumerated() {
      let substituted = diagonal + (character == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[right.count]
}
