extension DecodingError {
  /// Where and what: `paths[0].mtu: expected Int, found a string`.
  package var place: String {
    switch self {
    case .keyNotFound(let key, let context):
      "\(JSONPath(context.codingPath + [key])): missing"
    case .typeMismatch(let type, let context):
      "\(JSONPath(context.codingPath)): needs \(Self.name(of: type))"
    case .valueNotFound(let type, let context):
      "\(JSONPath(context.codingPath)): is missing or null, needs \(Self.name(of: type))"
    case .dataCorrupted(let context):
      "\(JSONPath(context.codingPath)): \(context.debugDescription)"
    @unknown default:
      "\(self)"
    }
  }

  private static func name(of type: any Any.Type) -> String {
    switch type {
    case is any BinaryInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is String.Type: "text"
    case is Bool.Type: "true or false"
    case is any Collection.Type where !(type is any ExpressibleByDictionaryLiteral.Type): "a list"
    default: "an object"
    }
  }
}

/// `paths[0].transitions[3].from`.
private struct JSONPath: CustomStringConvertible {
  let description: String

  init(_ keys: [any CodingKey]) {
    let text = keys.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
    description = text.isEmpty ? "the whole" : String(text.drop { $0 == "." })
  }
}
