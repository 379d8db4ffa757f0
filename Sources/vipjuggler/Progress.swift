import LinuxNet
import Measurement
import NamespaceLab
import NodeAgent
import Packets
import Reports
import RunControl

/// How far a run is, on stderr: a live view on a terminal, otherwise a line for every kind of
/// measurement in a round.
final class Progress {
  private let plan: ExperimentPlan
  private let isQuiet: Bool
  private let spans: SpanText
  private let style = Console.progressStyle
  private var steps: [ExperimentPlan.Step] = []
  private var isDone: [Bool] = []
  private var counts: [(path: String, count: Int)] = []
  private var began = WallClock.now
  private var stepBegan = WallClock.now
  private var view = LiveView()
  /// Of the lines that are shown.
  private var shownWidths: [Int] = []
  private var shown = ""

  init(_ plan: ExperimentPlan, probeInterval: TimeSpan, isQuiet: Bool) {
    self.plan = plan
    self.isQuiet = isQuiet
    spans = SpanText(resolution: probeInterval)
  }

  func begin(_ steps: [ExperimentPlan.Step]) {
    self.steps = steps
    isDone = steps.map { _ in false }
    for step in steps where !counts.contains(where: { $0.path == step.path }) {
      counts.append((step.path, 0))
    }
    began = WallClock.now
  }

  func follow(_ event: Experiment.Event) {
    switch event {
    case .began(let step): enter(step)
    case .ended(let step):
      if let index = steps.firstIndex(of: step) { isDone[index] = true }
    case .news(let path, let news): take(news, of: path)
    }
  }

  func end() { clear() }

  private func enter(_ step: ExperimentPlan.Step) {
    stepBegan = WallClock.now
    view.clearStrips()
    view.transition = ""
    let doing = "\(roundName(step)), \(step.kind.name)"
    view.progress.step = "\(doing): \(step.path)"
    guard !isQuiet else { return }
    if isLive {
      draw()
    } else if doing != shown {
      shown = doing
      let counts = counts.map { "\($0.path) \($0.count)/\(plan.transitions)" }
      Console.progress(
        styled:
          "\(doing): \(counts.joined(separator: ", ")) transitions, about \(secondsLeft) s left\n")
    }
  }

  private func take(_ news: PathNews, of path: String) {
    switch news {
    case .warning(let text):
      clear()
      Console.complain(text)
    case .transition(let result):
      if result.disturbance != .recovery,
        let index = counts.firstIndex(where: { $0.path == path })
      {
        counts[index].count += 1
      }
      view.lastVerdict =
        "\(path), \(result.from) -> \(result.to): \(result.verdict.rawValue), "
        + "loss of connectivity \(spans.text(result.lossOfConnectivity))"
    case .claimed(let claim):
      view.transition = "VIP: " + (claim.from.map { "\($0) -> \(claim.to)" } ?? claim.to)
    case .probes(let tallies):
      for tally in tallies { view.record(tally.cell, of: tally.node) }
      draw()
    case .misdirected, .capture, .answering, .silent, .unanswered, .contested, .decided:
      break
    }
  }

  private func roundName(_ step: ExperimentPlan.Step) -> String {
    step.round == 0 ? "warm-up" : "round \(step.round) of \(plan.roundCount)"
  }
}

/// How long it will take.
extension Progress {
  private var estimates: (done: TimeSpan, all: TimeSpan) {
    var (done, all) = (TimeSpan.zero, TimeSpan.zero)
    for (index, step) in steps.enumerated() {
      all = all + step.estimate
      if isDone[index] { done = done + step.estimate }
    }
    return (done, all)
  }

  /// By the estimates, and by how far they were off until now.
  private var left: TimeSpan {
    let (done, all) = estimates
    let pace = done > .zero ? (stepBegan - began).seconds / done.seconds : 1
    let left = (all - done).seconds * pace - (WallClock.now - stepBegan).seconds
    return TimeSpan(nanoseconds: Int64(max(0, left) * 1e9))
  }

  private var secondsLeft: Int { Int(left.seconds.rounded(.up)) }
}

/// The live view.
extension Progress {
  private static let leastWidth = 20

  private var isLive: Bool {
    style.canMove && style.width.map { $0 >= Progress.leastWidth } ?? false
  }

  private func draw() {
    guard !isQuiet, isLive, !steps.isEmpty, !Console.isBehind else { return }
    view.progress.left = left
    let elapsed = (WallClock.now - began).seconds
    view.progress.share = elapsed / max(elapsed + left.seconds, 0.001)
    var style = style
    style.width = Console.progressWidth
    let lines = view.lines(style)
    Console.progress(styled: wiped + lines.map { $0 + "\n" }.joined())
    shownWidths = lines.map { LiveView.width(of: $0) }
  }

  /// Wipes what is shown and goes to its first line. Line by line: some terminals keep what is wiped
  /// as a whole screen. One that has become narrower has broken the lines into more.
  private var wiped: String {
    let width = max(1, Console.progressWidth ?? 1)
    let lines = shownWidths.reduce(0) { $0 + max(1, ($1 + width - 1) / width) }
    guard lines > 0 else { return "" }
    let up = "\u{1b}[\(lines)A\r"
    return up + String(repeating: "\u{1b}[2K\n", count: lines) + up
  }

  private func clear() {
    if !shownWidths.isEmpty { Console.progress(styled: wiped) }
    shownWidths = []
  }
}

extension ExperimentPlan.Step.Kind {
  fileprivate var name: String {
    switch self {
    case .failover: "failover"
    case .latency: "latency"
    case .warmUp, .bandwidth: "bandwidth"
    }
  }
}

extension ProbeTally {
  /// The worst that became of one of them.
  fileprivate var cell: LiveView.Cell {
    lost > 0 ? .lost : misdirected > 0 ? .misdirected : answered > 0 ? .answered : .none
  }
}
