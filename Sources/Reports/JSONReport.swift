package import Foundation
import Measurement
package import Records

/// A run as JSON, schema `vipjuggler.run/1`.
package enum JSONReport {
  /// A file is not a run that this program saved.
  package struct Mistake: Error, CustomStringConvertible {
    package let description: String
  }

  package static func encode(_ record: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(record) + Data("\n".utf8)
  }

  /// Reads a saved run; where it is damaged the mistake says where.
  package static func decode(_ data: Data) throws(Mistake) -> RunRecord {
    let decoder = JSONDecoder()
    if let error = syntaxError(in: data) { throw Mistake(description: "not JSON: \(error)") }
    do {
      let schema = try decoder.decode(Schema.self, from: data).schema
      guard schema == RunRecord.schema else {
        let found = schema.map { "`\($0)`" } ?? "none"
        throw Mistake(
          description: "schema: found \(found); a saved run has `\(RunRecord.schema)`")
      }
      let run = try decoder.decode(RunRecord.self, from: data)
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
