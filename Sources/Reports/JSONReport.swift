package import Foundation
package import Measurement

/// A run as JSON, schema `vipjuggler.run/1`.
package enum JSONReport {
  package static func encode(_ run: RunResult) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(run) + Data("\n".utf8)
  }
}
