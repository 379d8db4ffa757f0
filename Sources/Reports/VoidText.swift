import Measurement
import Packets
import Records

/// Why transitions of a path say nothing of it, in a line.
struct VoidText {
  let lines: [String]

  /// So many kinds of reasons are named.
  private static let most = 3

  init(_ path: PathRecord) {
    let void = path.transitions.filter { $0.verdict == .void }
    guard !void.isEmpty else {
      lines = []
      return
    }
    // Of each kind the first: they differ by their figures only.
    var named: [String] = []
    var kinds: Set<Substring> = []
    for transition in void {
      guard let reason = transition.voidReason,
        kinds.insert(reason.prefix { !$0.isNumber }).inserted
      else { continue }
      named.append("in #\(transition.index) \(reason)")
    }
    let rest = named.count > VoidText.most ? ", in others for other reasons" : ""
    let why = named.isEmpty ? "" : "; " + named.prefix(VoidText.most).joined(separator: ", ") + rest
    let verb = void.count == 1 ? "is void and counts" : "are void and count"
    lines = [
      "\(path.name): \(void.count) of \(path.transitions.count) transitions \(verb) for nothing\(why)"
    ]
  }
}
