import Yams

/// Reads the keys of one mapping of the file; whatever is not as it should be becomes a mistake.
struct MappingReader {
  let place: Place
  /// What the mapping describes, for messages: `segment "lan"`.
  let subject: String
  private var entries: [String: (key: Place, value: Node)] = [:]
  private(set) var keysInOrder: [Located<String>] = []

  /// `nil`, with a mistake, when `node` is not a mapping.
  init?(_ node: Node, subject: String, example: String, into mistakes: inout Mistakes) {
    place = Place(node.mark)
    self.subject = subject
    guard case .mapping(let mapping) = node else {
      mistakes.add(
        "\(subject): found \(node.described), needs keys and values; write \(example)", at: place)
      return nil
    }
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key else {
        mistakes.add("\(subject): a key must be a plain word", at: Place(key.mark))
        continue
      }
      let keyPlace = Place(key.mark)
      entries[scalar.string] = (keyPlace, value)
      keysInOrder.append(Located(value: scalar.string, place: keyPlace))
    }
  }

  /// Every key that is not one of `known` becomes a mistake.
  func allow(_ known: [String], into mistakes: inout Mistakes) {
    for key in keysInOrder where !known.contains(key.value) {
      guard !mistakes.isFull else {
        mistakes.add(at: key.place)
        continue
      }
      mistakes.add(
        "\(subject): unknown key `\(key.value)`; \(suggestion(for: key.value, among: known))",
        at: key.place)
    }
  }

  func node(_ key: String) -> Node? { entries[key]?.value }

  func keyPlace(_ key: String) -> Place { entries[key]?.key ?? place }

  /// The value of `key`, `nil` when it is absent or, with a mistake, misspelled.
  func scalar<Value: Spelled>(
    _ key: String, as _: Value.Type = Value.self, into mistakes: inout Mistakes
  ) -> Located<Value>? {
    node(key).flatMap { readScalar($0, named: "\(subject): \(key)", into: &mistakes) }
  }

  /// The value of `key` out of a fixed set of words.
  func word<Value: RawRepresentable & CaseIterable & Sendable>(
    _ key: String, as _: Value.Type = Value.self, into mistakes: inout Mistakes
  ) -> Located<Value>? where Value.RawValue == String {
    guard let text: Located<String> = scalar(key, into: &mistakes) else { return nil }
    guard let value = Value(rawValue: text.value) else {
      let known = Value.allCases.map(\.rawValue)
      mistakes.add(
        "\(subject): \(key): found `\(text.value)`; \(suggestion(for: text.value, among: known))",
        at: text.place)
      return nil
    }
    return Located(value: value, place: text.place)
  }

  /// The value of `key` out of a fixed set of words; or, where a mapping stands there, the word under
  /// its key `name` and the mapping, which takes the keys `parameters` beside it.
  func choice<Value: RawRepresentable & CaseIterable & Sendable>(
    _ key: String, named name: String, example: String, beside parameters: [String],
    as _: Value.Type, into mistakes: inout Mistakes
  ) -> (word: Located<Value>?, parameters: MappingReader?) where Value.RawValue == String {
    guard case .mapping = node(key) else { return (word(key, into: &mistakes), nil) }
    let spelling = "`{ \(name): \(example) }`"
    guard let nested = mapping(key, example: spelling, into: &mistakes) else { return (nil, nil) }
    nested.allow([name] + parameters, into: &mistakes)
    if nested.node(name) == nil {
      mistakes.add(
        "\(nested.subject): `\(name)` is missing; add `\(name): \(example)`", at: nested.place)
    }
    return (nested.word(name, into: &mistakes), nested)
  }

  /// The value of `key`, which must be there.
  func required<Value: Spelled>(
    _ key: String, example: String, into mistakes: inout Mistakes
  ) -> Located<Value>? {
    guard node(key) != nil else {
      mistakes.add("\(subject): `\(key)` is missing; add for example `\(example)`", at: place)
      return nil
    }
    return scalar(key, into: &mistakes)
  }

  /// The words under `key`, one or more.
  func words(
    _ key: String, example: String, into mistakes: inout Mistakes
  ) -> [Located<String>]? {
    guard let node = node(key) else { return nil }
    let subject = "\(subject): \(key)"
    guard case .sequence(let sequence) = node, !sequence.isEmpty else {
      mistakes.add(
        "\(subject): found \(node.described), needs a list of words; write `\(key): \(example)`",
        at: Place(node.mark))
      return nil
    }
    let words = sequence.compactMap {
      readScalar($0, named: subject, into: &mistakes) as Located<String>?
    }
    return words.count == sequence.count ? words : nil
  }

  /// The nested mapping under `key`.
  func mapping(_ key: String, example: String, into mistakes: inout Mistakes) -> MappingReader? {
    node(key).flatMap {
      MappingReader($0, subject: "\(subject): \(key)", example: example, into: &mistakes)
    }
  }
}

/// The scalar `node` as a `Value`, or `nil` with a mistake.
func readScalar<Value: Spelled>(
  _ node: Node, named name: String, into mistakes: inout Mistakes
) -> Located<Value>? {
  let place = Place(node.mark)
  guard case .scalar(let scalar) = node else {
    mistakes.add("\(name): found \(node.described), needs \(Value.rightSpelling)", at: place)
    return nil
  }
  guard let value = Value(spelling: scalar.string) else {
    mistakes.add("\(name): found `\(scalar.string)`, needs \(Value.rightSpelling)", at: place)
    return nil
  }
  return Located(value: value, place: place)
}

extension Node {
  /// What kind of thing the node is, for a message.
  var described: String {
    switch self {
    case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "`\(scalar.string)`"
    case .mapping: "a mapping"
    case .sequence(let sequence): sequence.isEmpty ? "an empty list" : "a list"
    case .alias: "an alias"
    }
  }
}
