package import Foundation
import Measurement
import Packets
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
    if let objection = objection(to: data) { throw Mistake(description: objection) }
    do {
      let schema = try decoder.decode(Schema.self, from: data).schema
      guard schema == RunRecord.schema else {
        let found = schema.map { "`\($0)`" } ?? "none"
        throw Mistake(
          description: "schema: found \(found); a saved run has `\(RunRecord.schema)`")
      }
      let run = try decoder.decode(RunRecord.self, from: data)
      guard run.probeInterval > .zero else {
        throw Mistake(
          description: "probe_interval_ns: found \(run.probeInterval), needs more than 0")
      }
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

  /// What is wrong with it whatever it is, with its place, which the decoder does not tell.
  private static func objection(to data: Data) -> String? {
    do {
      let value = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
      return impossibleNumber(in: value, at: "")
    } catch {
      let words = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String
      return "not JSON: \(words ?? "\(error)")"
    }
  }

  /// No count and no rate is so large; instants and spans look after themselves, and a seed is any number.
  private static let impossible = 1e15

  private static func impossibleNumber(in value: Any, at place: String) -> String? {
    switch value {
    case let object as [String: Any]:
      return object.sorted { $0.key < $1.key }.lazy.compactMap { key, value in
        impossibleNumber(in: value, at: place.isEmpty ? key : "\(place).\(key)")
      }.first
    case let list as [Any]:
      return list.enumerated().lazy.compactMap { index, value in
        impossibleNumber(in: value, at: "\(place)[\(index)]")
      }.first
    case let number as NSNumber where abs(number.doubleValue) >= impossible:
      let isOfItsOwn = place.contains("_ns") || place == "seed"
      return isOfItsOwn ? nil : "\(place): found \(number), which is no figure of a run"
    default: return nil
    }
  }

  private struct Schema: Decodable { var schema: String? }
}
