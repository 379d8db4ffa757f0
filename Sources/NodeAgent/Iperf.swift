import Foundation
import LinuxNet
import Packets

/// iperf3 as this machine has it.
package struct Iperf: Sendable {
  private static let leastVersion = [3, 7]

  package let path: String
  /// `iperf 3.12`.
  package let version: String

  /// Why it cannot be used.
  package struct Missing: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
  }

  /// Looked for once.
  package static let found = Result { () throws(Missing) in try Iperf() }

  /// Looks for it where the user's shell would.
  package init() throws(Missing) {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let candidates = folders.map { "\($0)/iperf3" }
    guard let path = candidates.first(where: { access($0, X_OK) == 0 }) else {
      throw Missing(description: "iperf3 is not installed: `apt-get install iperf3`")
    }
    self.path = path
    let words = Iperf.firstLine(of: path).split(separator: " ")
    guard words.count > 1, words[0] == "iperf" else {
      throw Missing(description: "\(path) does not tell its version")
    }
    version = words[..<2].joined(separator: " ")
    let numbers = words[1].split(separator: ".").map { Int($0.prefix { $0.isNumber }) ?? 0 }
    guard !numbers.lexicographicallyPrecedes(Iperf.leastVersion) else {
      let least = Iperf.leastVersion.map(String.init).joined(separator: ".")
      throw Missing(description: "\(path) is \(version); \(least) is the oldest that will do")
    }
  }

  private static func firstLine(of path: String) -> String {
    guard let program = try? NodeProgram(path, ["--version"]) else { return "" }
    program.read(until: { _ in false }, within: .seconds(5))
    return program.output.split(separator: "\n").first.map(String.init) ?? ""
  }
}
