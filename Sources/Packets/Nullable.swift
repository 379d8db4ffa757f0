/// A value that JSON shows as `null` when it is not there, instead of leaving its key out.
@propertyWrapper
package struct Nullable<Value: Codable & Sendable>: Codable, Sendable {
  package var wrappedValue: Value?

  package init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    wrappedValue = container.decodeNil() ? nil : try container.decode(Value.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue {
      try container.encode(wrappedValue)
    } else {
      try container.encodeNil()
    }
  }
}

extension Nullable: Equatable where Value: Equatable {}

extension Nullable: Hashable where Value: Hashable {}

extension KeyedDecodingContainer {
  /// A key that is left out, as by a version that did not know it, reads as `null`.
  package func decode<Value>(
    _: Nullable<Value>.Type, forKey key: Key
  ) throws -> Nullable<Value> {
    try decodeIfPresent(Nullable<Value>.self, forKey: key) ?? Nullable(wrappedValue: nil)
  }
}
