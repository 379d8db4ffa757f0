package import Foundation
package import Measurement

/// A run as JSON, schema `vipjuggler.run/1`.
package enum JSONReport {
  /// A file is not a run that this program saved.
  package struct Mistake: Error, CustomStringConvertible {
    package let description: String
  }

  package static func encode(_ run: RunResult) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(run) + Data("\n".utf8)
  }

  /// Reads a saved run; where it is damaged the mistake says where.
  package static func decode(_ data: Data) throws(Mistake) -> RunResult {
    let decoder = JSONDecoder()
    if let error = syntaxError(in: data) { throw Mistake(description: "not JSON: \(error)") }
    do {
      let schema = try decoder.decode(Schema.self, from: data).schema
      guard schema == RunResult.schema else {
        let found = schema.map { "`\($0)`" } ?? "none"
        throw Mistake(
          description: "schema: found \(found); a saved run has `\(RunResult.schema)`")
      }
      let run = try decoder.decode(RunResult.self, from: data)
      let names = run.paths.map(\.name)
      for (index, name) in names.enumerated() where names[..<index].contains(name) {
        throw Mistake(description: "paths[\(index)].name: `\(name)` is there twice")
      }
      return run
    } catch let error as DecodingError {
      throw Mistake(description: error.place)
    } catch let mistake as Mistake {
      throw mistake
    } catch {
      throw Mistake(description: "\(error)")
    }
  }

  /// With its place, which the decoder does not tell.
  private static func syntaxError(in data: Data) -> String? {
    do {
      _ = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
      return nil
    } catch {
      let words = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String
      return words ?? "\(error)"
    }
  }

  private struct Schema: Decodable { var schema: String? }
}

extension DecodingError {
  /// Where and what: `paths[0].mtu: expected Int, found a string`.
  fileprivate var place: String {
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
