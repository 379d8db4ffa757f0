import Measurement
import Packets
import Records

/// Why transitions of a path say nothing of it, in a line.
struct VoidText {
  let lines: [String]

  init(_ path: PathRecord) {
    let void = path.transitions.filter { $0.verdict == .void }
    guard let first = void.first(where: { $0.voidReason != nil }) ?? void.first else {
      lines = []
      return
    }
    let reasons = Set(void.compactMap(\.voidReason)).count
    let why = first.voidReason.map { "; in #\(first.index) \($0)" } ?? ""
    let others = reasons > 1 ? ", in others for other reasons" : ""
    let verb = void.count == 1 ? "is void and counts" : "are void and count"
    lines = [
      "\(path.name): \(void.count) of \(path.transitions.count) transitions \(verb) for nothing"
        + "\(why)\(others)"
    ]
  }
}
