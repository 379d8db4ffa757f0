import Measurement
import Packets
import Records
import TopologyModel

/// What the figures of one run say of the paths of a segment, in sentences. A difference is claimed
/// only where its interval excludes none.
struct Findings {
  private let run: RunRecord
  private let spans: SpanText
  /// The first native path: what the others are compared with.
  private let native: PathRecord?
  private let others: [PathRecord]

  /// Of every segment that has paths; without any, that nothing was measured.
  static func all(of run: RunRecord) -> [Findings] {
    var segments: [String?] = []
    for path in run.paths where !segments.contains(path.segment) { segments.append(path.segment) }
    guard !segments.isEmpty else { return [Findings(run)] }
    return segments.map { segment in
      var part = run
      part.paths = run.paths.filter { $0.segment == segment }
      return Findings(part)
    }
  }

  private init(_ run: RunRecord) {
    self.run = run
    spans = SpanText(resolution: run.probeInterval)
    let measured = run.paths.filter { $0.skipped == nil }
    let native = measured.first { $0.kind == .native }
    self.native = native
    others = measured.filter { $0.name != native?.name }
  }

  var sentences: [String] {
    guard run.paths.contains(where: { $0.summary.transitions > 0 || $0.latency != nil }) else {
      return run.paths.contains { $0.watch != nil }
        ? run.paths.map(calm) + conflicts : unfelt ?? ["No transition was measured."]
    }
    let calm = run.paths.filter { $0.watch != nil && $0.transitions.isEmpty }.map(calm)
    let rest = native == nil ? [] : [latency, bandwidth].compactMap { $0 }
    return stuck + [failover] + [detection].compactMap(\.self) + calm + conflicts + rest
  }

  /// Why transitions do not count.
  var voids: [String] { run.paths.flatMap { VoidText($0).lines } }

  /// Why transitions were slow.
  var causes: [String] { run.paths.flatMap { CauseText($0).lines } }

  /// What is missing, and why.
  var gaps: [String] {
    run.paths.flatMap { path in
      [
        path.skipped.map { "\(path.name) was skipped: \($0)" },
        path.latencyMissing.map {
          "\(path.name): latency was not measured\(path.latency == nil ? "" : " in every round"): \($0)"
        },
        path.bandwidthMissing.map { "\(path.name): bandwidth was not measured: \($0)" },
      ].compactMap { $0 } + failures(of: path) + absences(of: path)
    }
  }

  /// Clients that others' transitions were measured without, as while they were lost.
  private func absences(of path: PathRecord) -> [String] {
    let counted = path.transitions.filter { $0.verdict != .void }
    let servers = Set(path.transitions.flatMap { [$0.from, $0.to] })
    let clients = Set(path.transitions.flatMap { $0.probers.map(\.node) }).subtracting(servers)
    return clients.sorted().compactMap { client in
      let seen = counted.count { transition in
        transition.probers.contains { $0.node == client }
      }
      guard seen < counted.count else { return nil }
      return "\(path.name): \(client) took part in \(seen) of the \(counted.count) transitions only"
    }
  }

  private func failures(of path: PathRecord) -> [String] {
    path.bandwidth?.rounds.filter { !$0.failures.isEmpty }.map {
      "\(path.name): bandwidth, round \($0.round): \($0.failures.joined(separator: "; "))"
    } ?? []
  }
}

extension Findings {
  /// Of an address that was watched, and never interrupted.
  private func calm(_ path: PathRecord) -> String {
    if path.watch?.hasAnswered ?? false { return "\(path.name) was never interrupted." }
    guard let unsent = path.watch?.unsent else { return "\(path.name) was never answered." }
    return "\(path.name) was never answered: \(unsent.probes) probes did not leave this host "
      + "(\(unsent.reason))."
  }

  /// Where every fault was one that nobody felt.
  private var unfelt: [String]? {
    let sentences = run.paths.compactMap { path -> String? in
      guard let count = path.unfeltFaults, count > 0 else { return nil }
      let faults =
        count == 1 ? "the fault moved nothing and cut" : "\(count) faults moved nothing and cut"
      return "On \(path.name) \(faults) nobody off."
    }
    return sentences.isEmpty ? nil : sentences
  }

  /// Of addresses that more machines than one held.
  private var conflicts: [String] {
    run.paths.flatMap { path in
      (path.watch?.answeredTogether ?? []).map {
        "\(path.name) was held by \($0.joined(separator: " and ")) at once: both answered one probe."
      }
    }
  }

  private var failover: String {
    let medians = run.paths.compactMap { path in
      path.summary.lossOfConnectivity.map { (name: path.name, median: $0.p50, longest: $0.max) }
    }
    guard let first = medians.first else {
      return run.paths.contains { $0.summary.transitions > 0 }
        ? "All transitions are void." : "No transition was measured."
    }
    guard medians.count > 1 else {
      if let watched = run.paths.first(where: { $0.watch != nil && $0.name == first.name }) {
        return interruptions(of: watched)
      }
      return "The median loss of connectivity on \(first.name) is "
        + "\(spans.text(first.median))."
    }
    guard let native else { return ranking(medians.map { ($0.name, $0.median) }) }
    let claims = others.compactMap { path in claim(path) }
    if !claims.isEmpty {
      return "Compared with \(native.name), a move cuts clients off "
        + claims.joined(separator: ", ")
        + ", by the median."
    }
    guard run.paths.allSatisfy({ $0.summary.stuck == 0 }) else { return neverStuck }
    let widest = medians.map(\.median).max()! - medians.map(\.median).min()!
    guard widest < run.probeInterval else {
      return "The medians of loss of connectivity of \(medians.map(\.name).formatted) differ, but "
        + "\(run.summarised) transitions of each do not show that they do."
    }
    return "None was faster: the median losses of connectivity of "
      + "\(medians.map(\.name).formatted) differ by less than one probe interval "
      + "(\(run.probeInterval))."
  }

  /// What outages after faults are made of.
  private var detection: String? {
    let parts = run.paths.compactMap { path -> String? in
      guard let detection = path.summary.detection, let move = path.summary.move else { return nil }
      return "\(spans.text(detection.p50)) and \(spans.text(move.p50)) on \(path.name)"
    }
    guard !parts.isEmpty else { return nil }
    return
      "After a fault it took so long until another server had noticed, and from then until it answered: "
      + parts.joined(separator: ", ") + ", by the median."
  }

  /// Of an address that was watched: how often it was not reached, and for how long.
  private func interruptions(of path: PathRecord) -> String {
    let losses = path.transitions.filter { $0.verdict != .void }.map(\.lossOfConnectivity)
    let cuts = losses.filter { $0 > .zero }
    guard let longest = cuts.max() else {
      return
        "\(path.name) was answered by another \(losses.count == 1 ? "once" : "\(losses.count) times"), "
        + "and no probe was lost."
    }
    guard cuts.count > 1 else {
      return "\(path.name) cut this host off once, for \(spans.text(longest))."
    }
    return "\(path.name) cut this host off \(cuts.count) times, for up to \(spans.text(longest)), "
      + "\(spans.text(cuts.reduce(.zero) { $0 + $1 })) in all."
  }

  /// Beside paths on which transitions were stuck.
  private var neverStuck: String {
    let good = run.paths.filter { $0.summary.stuck == 0 }.compactMap { path in
      path.summary.lossOfConnectivity.map { "\(path.name) (longest \(spans.text($0.max)))" }
    }
    return good.isEmpty
      ? "With transitions stuck, the medians of loss of connectivity tell no difference."
      : "None was stuck on \(good.formatted)."
  }

  private func ranking(_ medians: [(name: String, median: TimeSpan)]) -> String {
    let listed = medians.map { "\($0.name) \(spans.text($0.median))" }
    return "Median losses of connectivity: \(listed.formatted)."
  }

  /// `40 ms longer over vxlan (38 ms to 43 ms)`; `nil` where no difference is shown.
  private func claim(_ path: PathRecord) -> String? {
    guard let difference = path.summary.p50MinusNative,
      let interval = path.summary.p50MinusNativeInterval,
      interval.excludes(0),
      max(difference, .zero - difference) >= run.probeInterval
    else { return nil }
    let isLonger = difference > .zero
    let ends = [interval.low, interval.high].map { abs($0) }.sorted()
    let range = spans.text(ConfidenceInterval(low: ends[0], high: ends[1]))
    return "\(spans.text(max(difference, .zero - difference))) \(isLonger ? "longer" : "shorter") "
      + "over \(path.name) (\(range))"
  }

  private var stuck: [String] {
    let paths = run.paths.filter { $0.summary.stuck > 0 }
    guard !paths.isEmpty else { return [] }
    let counts = paths.map { path in
      let (stuck, all) = (path.summary.stuck, path.summary.transitions - path.summary.void)
      return "On \(path.name) \(stuck) of \(all) transitions \(stuck == 1 ? "was" : "were") stuck."
    }
    let isCutShort = paths.flatMap(\.transitions).contains { transition in
      transition.probers.contains { $0.verdict == .stuck && $0.firstReply == nil }
    }
    guard isCutShort, paths.allSatisfy({ $0.watch == nil }) else { return counts }
    return counts + [
      "One that lasts until the next turn is cut short by it: its loss would have been longer."
    ]
  }

  private var latency: String? {
    sentence(
      "A round trip takes", "in latency",
      others.compactMap { path in
        path.latency.map {
          Ratio(name: path.name, value: $0.vsNative, interval: $0.vsNativeInterval)
        }
      })
  }

  private var bandwidth: String? {
    let results = others.compactMap { path in path.bandwidth.map { (path.name, $0) } }
    guard let (_, first) = results.first else { return nil }
    return [
      sentence(
        "TCP from \(first.from) to \(first.to) carries",
        "in bandwidth from \(first.from) to \(first.to)",
        results.map {
          Ratio(name: $0.0, value: $0.1.vsNative, interval: $0.1.vsNativeInterval)
        }),
      sentence(
        "TCP from \(first.to) to \(first.from) carries",
        "in bandwidth from \(first.to) to \(first.from)",
        results.map {
          Ratio(name: $0.0, value: $0.1.reverseVsNative, interval: $0.1.reverseVsNativeInterval)
        }),
    ].compactMap { $0 }.joined(separator: " ")
  }

  private struct Ratio {
    let name: String
    let value: Double?
    let interval: ConfidenceInterval?
  }

  private func sentence(_ verb: String, _ matter: String, _ ratios: [Ratio]) -> String? {
    let known = ratios.filter { $0.value != nil }
    guard let native, !known.isEmpty else { return nil }
    guard known.contains(where: { $0.interval != nil }) else {
      return "Too few rounds to tell a difference \(matter)."
    }
    let shown = known.filter { $0.interval?.excludes(1) ?? false }
    let hidden = known.filter { ratio in !shown.contains { $0.name == ratio.name } }
    var sentences: [String] = []
    if !shown.isEmpty {
      let claims = shown.map { "\(FigureText.ratio($0.value, $0.interval)) over \($0.name)" }
      sentences.append("\(verb) \(claims.formatted), compared with \(native.name).")
    }
    if !hidden.isEmpty {
      sentences.append(
        "No difference \(matter) is shown between "
          + "\(([native.name] + hidden.map(\.name)).formatted).")
    }
    return sentences.joined(separator: " ")
  }
}

extension RunRecord {
  /// The transitions of a path that count.
  fileprivate var summarised: Int {
    paths.map { $0.summary.transitions - $0.summary.void }.min() ?? 0
  }
}

extension [String] {
  /// `a, b and c`.
  fileprivate var formatted: String {
    guard count > 1, let last else { return first ?? "" }
    return dropLast().joined(separator: ", ") + " and " + last
  }
}
