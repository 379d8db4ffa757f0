import ArgumentParser
import Measurement
import Packets
import Records

/// `--max-loss`: what a run may cost at most.
struct LossLimit {
  private let limit: TimeSpan

  init(_ limit: TimeSpan) { self.limit = limit }

  /// Throws where a path is over it, or where nothing tells. An address that was watched and never
  /// interrupted is under any limit.
  func check(_ result: RunRecord) throws {
    let unknown = result.paths.filter {
      let isCalm = $0.watch?.hasAnswered ?? false && $0.transitions.isEmpty
      return $0.skipped == nil && $0.summary.lossOfConnectivity == nil && !isCalm
    }
    guard unknown.isEmpty else {
      throw Failure(
        message: "the limit of \(limit) cannot be checked: no transition counts on "
          + names(unknown),
        code: .failure)
    }
    let broken = result.paths.filter { path in
      path.summary.stuck > 0 || path.summary.lossOfConnectivity.map { $0.max > limit } ?? false
    }
    guard broken.isEmpty else {
      throw Failure(
        message: "over the limit of \(limit): " + broken.map(figures).joined(separator: "; "),
        code: .limitExceeded)
    }
  }

  /// `native: longest 1980 ms, 2 stuck`.
  private func figures(_ path: PathRecord) -> String {
    var parts: [String] = []
    if let longest = path.summary.lossOfConnectivity?.max {
      parts.append("longest \(longest.inMilliseconds)")
    }
    if path.summary.stuck > 0 { parts.append("\(path.summary.stuck) stuck") }
    return "`\(path.name)`: " + parts.joined(separator: ", ")
  }

  private func names(_ paths: [PathRecord]) -> String {
    paths.map { "`\($0.name)`" }.joined(separator: ", ")
  }
}
