import Foundation
import Measurement
import Packets
import TopologyModel

/// The JSON Schema of a type, made by letting it decode itself from nothing and listening to what it
/// asks for.
final class SchemaOutline {
  /// By the names of types, for `$defs`.
  private(set) var definitions: [String: [String: Any]] = [:]
  /// What is said of a key, by `type.key`.
  private let descriptions: [String: String]

  init(descriptions: [String: String]) { self.descriptions = descriptions }

  func schema(of type: any Decodable.Type) throws -> [String: Any] {
    switch type {
    case is Timestamp.Type: return reference("instant")
    case is TimeSpan.Type: return reference("span")
    case is ConfidenceInterval.Type: return reference("interval95")
    case is Bool.Type: return ["type": "boolean"]
    case is String.Type, is any CodedAsText.Type: return ["type": "string"]
    case is any BinaryInteger.Type: return ["type": "integer", "minimum": 0]
    case is any BinaryFloatingPoint.Type: return ["type": "number"]
    case let list as any ListType.Type:
      return ["type": "array", "items": try schema(of: list.element)]
    case let map as any MapType.Type:
      return ["type": "object", "additionalProperties": try schema(of: map.value)]
    case let nullable as any NullableType.Type:
      return ["anyOf": [try schema(of: nullable.wrapped), ["type": "null"]]]
    case let choice as any (RawRepresentable & CaseIterable).Type:
      return ["enum": SchemaOutline.cases(of: choice)]
    default:
      let name = SchemaOutline.name(of: type)
      if definitions[name] == nil {
        definitions[name] = [:]
        definitions[name] = try object(type, name)
      }
      return reference(name)
    }
  }

  func object(_ type: any Decodable.Type, _ name: String) throws -> [String: Any] {
    let decoder = OutlineDecoder()
    _ = try type.init(from: decoder)
    var properties: [String: [String: Any]] = [:]
    for (key, type) in decoder.keys.found {
      var property = try schema(of: type)
      if let text = descriptions["\(name).\(key)"] { property["description"] = text }
      properties[key] = property
    }
    return [
      "type": "object", "properties": properties,
      "required": decoder.keys.found.map(\.key).sorted(),
    ]
  }

  private func reference(_ name: String) -> [String: Any] { ["$ref": "#/$defs/\(name)"] }

  private static func cases<Choice: RawRepresentable & CaseIterable>(
    of _: Choice.Type
  ) -> [Any] { Choice.allCases.map(\.rawValue) }

  /// `ProberRecord` becomes `prober_record`.
  static func name(of type: any Any.Type) -> String {
    "\(type)".reduce(into: "") { name, letter in
      if letter.isUppercase, !name.isEmpty { name += "_" }
      name += letter.lowercased()
    }
  }
}

private protocol ListType { static var element: any Decodable.Type { get } }
extension Array: ListType where Element: Decodable {
  static var element: any Decodable.Type { Element.self }
}

private protocol MapType { static var value: any Decodable.Type { get } }
extension Dictionary: MapType where Key == String, Value: Decodable {
  static var value: any Decodable.Type { Value.self }
}

private protocol NullableType { static var wrapped: any Decodable.Type { get } }
extension Nullable: NullableType {
  static var wrapped: any Decodable.Type { Value.self }
}

/// Gives a type the least of everything it asks for, and remembers what that was.
private final class OutlineDecoder: Decoder {
  final class Keys { var found: [(key: String, type: any Decodable.Type)] = [] }

  struct NoValue: Error { let type: any Any.Type }

  let keys = Keys()
  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]

  func container<Key: CodingKey>(keyedBy _: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(Keyed<Key>(keys: keys))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw NoValue(type: [Any].self) }

  func singleValueContainer() -> any SingleValueDecodingContainer { Single() }

  static func least<Value: Decodable>(_ type: Value.Type) throws -> Value {
    if let value = ConfidenceInterval(low: 0, high: 0) as? Value { return value }
    if let value = IPNetwork("0.0.0.0/0") as? Value { return value }
    if let value = Impairment() as? Value { return value }
    if let value = ClusterResource.AgentName("ocf:heartbeat:IPaddr2") as? Value { return value }
    for value in [0, 0.0, "", false, UInt64(0), Int64(0), UInt32(0), UInt16(0)] as [Any] {
      if let value = value as? Value { return value }
    }
    if let value = [Any]() as? Value ?? [String: Any]() as? Value { return value }
    if let choice = type as? any CaseIterable.Type, let value = first(of: choice) as? Value {
      return value
    }
    return try Value(from: OutlineDecoder())
  }

  private static func first<Choice: CaseIterable>(of _: Choice.Type) -> Any? {
    Choice.allCases.first
  }

  private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let keys: Keys
    let codingPath: [any CodingKey] = []
    let allKeys: [Key] = []

    func contains(_: Key) -> Bool { true }
    func decodeNil(forKey _: Key) -> Bool { false }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
      keys.found.append((key.stringValue, type))
      return try least(type)
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) -> Value? {
      keys.found.append((key.stringValue, type))
      return nil
    }

    func nestedContainer<Nested: CodingKey>(
      keyedBy _: Nested.Type, forKey _: Key
    ) throws -> KeyedDecodingContainer<Nested> { throw NoValue(type: Nested.self) }

    func nestedUnkeyedContainer(forKey _: Key) throws -> any UnkeyedDecodingContainer {
      throw NoValue(type: [Any].self)
    }

    func superDecoder() throws -> any Decoder { throw NoValue(type: Key.self) }
    func superDecoder(forKey _: Key) throws -> any Decoder { throw NoValue(type: Key.self) }
  }

  private struct Single: SingleValueDecodingContainer {
    let codingPath: [any CodingKey] = []

    func decodeNil() -> Bool { false }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try least(type) }
  }
}
