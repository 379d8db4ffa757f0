import Measurement
import Packets
import Records
import TopologyModel

/// What a frontier says, in sentences: for each method the shortest interval with which nobody who was
/// well was taken for dead.
struct FrontierFindings {
  private let record: FrontierRecord

  init(_ record: FrontierRecord) { self.record = record }

  var sentences: [String] {
    var methods: [FailoverMethodName] = []
    for cell in record.cells where !methods.contains(cell.method) { methods.append(cell.method) }
    return methods.compactMap(sentence)
  }

  /// What was left out, and what the machine has spoiled.
  var notes: [String] {
    let skipped = record.cells.compactMap { cell in
      cell.skipped.map { "\(cell.title): skipped: \($0)" }
    }
    let void = record.cells.compactMap { cell -> String? in
      guard let void = cell.measured?.void, void > 0 else { return nil }
      return
        "\(cell.title): \(void) \(void == 1 ? "transition was" : "transitions were") void: the machine "
        + "held the program up, and what the daemons did then is not counted"
    }
    let unnoticed = record.cells.compactMap { cell -> String? in
      guard let figures = cell.measured, figures.noticed < figures.crashes else { return nil }
      return
        "\(cell.title): \(figures.crashes - figures.noticed) of \(figures.crashes) crashes ended before "
        + "anybody had noticed, and are in no figure of detection"
    }
    return skipped + unnoticed + void
  }

  private func sentence(_ method: FailoverMethodName) -> String? {
    let cells = record.cells.filter { $0.method == method && $0.measured != nil }
    guard !cells.isEmpty else { return nil }
    let byInterval = Dictionary(grouping: cells, by: \.interval).sorted { $0.key < $1.key }
    guard let (interval, good) = byInterval.first(where: { $0.value.allSatisfy(\.isCalm) }) else {
      let slowest = byInterval[byInterval.count - 1]
      let worst = slowest.value.max { $0.worstRate < $1.worstRate }!
      return "\(method.rawValue): no interval was without a false takeover: even every "
        + "\(slowest.key) there were \(FigureText.digits(worst.worstRate)) an hour\(worst.circumstance)."
    }
    let noticed = good.compactMap { $0.measured?.detection }.map(\.p50).max()
    let delay = noticed.map { ", and a crash was noticed after \(SpanText.fine($0))" } ?? ""
    return "\(method.rawValue): every \(interval) is the shortest interval without a false takeover"
      + delay + "; " + doubt(good) + "."
  }

  /// How long was looked for one, and what that rules out.
  private func doubt(_ cells: [FrontierCell]) -> String {
    let parts = [
      (cells.compactMap { $0.measured?.falseTakeovers }, "measured"),
      (cells.compactMap { $0.simulated?.falseTakeovers }, "simulated"),
    ]
    return parts.compactMap { rates, how in
      guard !rates.isEmpty else { return nil }
      let all = EventRate(0, in: rates.reduce(0) { $0 + $1.hours })
      return "\(how) \(FrontierFindings.time(all.hours)) rule out more than "
        + "\(FigureText.digits(all.perHourInterval.high)) an hour"
    }.joined(separator: ", ")
  }

  /// `80.0 s`, `5.3 h`.
  static func time(_ hours: Double) -> String {
    hours < 1
      ? FigureText.digits(hours * 3_600) + " s"
      : (hours < 1_000 ? FigureText.digits(hours) : FigureText.decimal(hours, places: 0)) + " h"
  }
}

extension FrontierCell {
  /// `heartbeat every 10ms, loss 1%`.
  var title: String {
    "\(method.rawValue) every \(interval)" + (impairment.isNone ? "" : ", \(impairment)")
  }

  fileprivate var circumstance: String { impairment.isNone ? "" : " under `\(impairment)`" }

  /// Whether nobody who was well was taken for dead.
  fileprivate var isCalm: Bool {
    [measured, simulated].compactMap { $0 }.allSatisfy { $0.falseTakeovers.count == 0 }
  }

  fileprivate var worstRate: Double {
    [measured, simulated].compactMap { $0?.falseTakeovers.perHour }.max() ?? 0
  }
}
