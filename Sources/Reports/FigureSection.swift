import Measurement
import Packets
import Records
import TopologyModel

/// The comparison in rows of figures, a cell a column: what every form of report prints.
struct FigureSection {
  let title: String
  private(set) var rows: [Row] = []

  struct Row {
    let title: String
    /// Whether it says more of the row above.
    let isDetail: Bool
    let cells: [String]
  }

  private let columns: [Column]

  private init(_ title: String, _ columns: [Column]) {
    self.title = title
    self.columns = columns
  }

  private mutating func row(_ title: String, _ figure: (Column) -> String) {
    add(title, isDetail: false, figure)
  }

  private mutating func detail(_ title: String, _ figure: (Column) -> String) {
    add(title, isDetail: true, figure)
  }

  private mutating func add(_ title: String, isDetail: Bool, _ figure: (Column) -> String) {
    let cells = columns.map { $0.path.skipped == nil ? figure($0) : FigureText.skipped }
    // A row in which nothing was measured says nothing.
    let isEmpty = cells.allSatisfy { $0 == FigureText.missing || $0 == FigureText.skipped }
    guard !isEmpty else { return }
    rows.append(Row(title: title, isDetail: isDetail, cells: cells))
  }

  static func all(of columns: [Column]) -> [FigureSection] {
    [failover(columns), latency(columns), bandwidth(columns), overhead(columns)]
      .filter { !$0.rows.isEmpty }
  }
}

extension FigureSection {
  private static func failover(_ columns: [Column]) -> FigureSection {
    var section = FigureSection("failover", columns)
    section.row("transitions") { "\($0.path.summary.transitions)" }
    section.detail("stuck") { "\($0.path.summary.stuck)" }
    if columns.contains(where: { $0.path.summary.void > 0 }) {
      section.detail("void") { "\($0.path.summary.void)" }
    }
    let haveFaults = columns.contains { $0.path.moves(.fault) > 0 }
    if haveFaults {
      section.detail("after a fault") { "\($0.path.moves(.fault))" }
      section.detail("as it was over") { "\($0.path.moves(.recovery))" }
    }
    if columns.contains(where: { $0.path.unfeltFaults ?? 0 > 0 }) {
      section.row("faults that nobody felt") {
        $0.path.unfeltFaults.map { "\($0)" } ?? FigureText.missing
      }
    }
    if columns.contains(where: { $0.path.watch == nil && $0.path.moves(.observed) > 0 }) {
      section.detail(haveFaults ? "without a fault" : "moved by somebody else") {
        "\($0.path.moves(.observed))"
      }
    }
    section.row("loss of connectivity, median") {
      $0.spans.text($0.path.summary.lossOfConnectivity?.p50)
    }
    section.detail("95 % interval") { $0.spans.text($0.path.summary.p50Interval) }
    section.detail("90th percentile") { $0.spans.text($0.path.summary.lossOfConnectivity?.p90) }
    for client in Column.clients(of: columns) {
      section.detail("median at \(client)") {
        $0.spans.text($0.path.lossOfConnectivity(at: client)?.p50)
      }
    }
    section.detail("longest") { $0.spans.text($0.path.summary.lossOfConnectivity?.max) }
    section.detail("median by lost probes") {
      $0.spans.text(Distribution($0.path.transitions.outages.map(\.lossDerived))?.p50)
    }
    let faults = FaultName.allCases.filter { fault in
      columns.contains { $0.path.transitions.outages.contains { $0.fault == fault } }
    }
    for fault in faults where faults.count > 1 {
      section.detail("median after a \(fault.rawValue)") { column in
        let own = column.path.transitions.outages.filter { $0.fault == fault }
        return column.spans.text(Distribution(own.map(\.lossOfConnectivity))?.p50)
      }
    }
    section.faults()
    section.row("takeover time, median") { column in
      let summary = column.path.summary
      guard summary.lossOfConnectivity != nil, column.path.watch == nil else {
        return FigureText.missing
      }
      let outages = column.path.transitions.outages
      let never = outages.count { $0.takeover == nil }
      return summary.takeover.map { column.spans.text($0) }
        ?? (2 * never >= outages.count ? "never" : FigureText.missing)
    }
    section.row("announcement on its way, median") {
      SpanText.fine($0.path.summary.announcementDelay)
    }
    if columns.contains(where: { !$0.path.summary.areAllHeeded }) {
      section.row("announcements heeded, entry < 1 s old") {
        FigureText.share($0.path.summary.heededYoung)
      }
      section.row("announcements heeded, entry >= 1 s old") {
        FigureText.share($0.path.summary.heededOld)
      }
    }
    section.row("recovery without announcement, predicted") { column in
      guard let recovery = column.path.predictedRecovery else {
        return FigureText.missing
      }
      return SpanText.fine([recovery.shortest, recovery.longest], separator: "-")
    }
    section.row("probes sent") { "\($0.path.probes.sent)" }
    section.detail("lost") { "\($0.path.probes.lost)" }
    section.detail("of them outside transitions") { column in
      column.path.watch.map { "\($0.aside.lost)" } ?? FigureText.missing
    }
    if columns.contains(where: { $0.path.watch?.unheard.sent ?? 0 > 0 }) {
      section.row("probes before the first answer") { column in
        column.path.watch.map { "\($0.unheard.sent)" } ?? FigureText.missing
      }
    }
    if columns.contains(where: { $0.path.watch?.heldItself ?? .zero > .zero }) {
      section.row("held by this host itself") { column in
        column.path.watch.map { SpanText.fine($0.heldItself) } ?? FigureText.missing
      }
    }
    section.detail("misdirected") { column in
      column.path.watch == nil ? "\(column.path.summary.misdirected)" : FigureText.missing
    }
    return section
  }

  /// What an outage after a fault is made of.
  private mutating func faults() {
    func add(_ title: String, _ figure: @escaping (PathSummary) -> Distribution?) {
      row("\(title), median") { $0.spans.text(figure($0.path.summary)?.p50) }
      detail("longest") { $0.spans.text(figure($0.path.summary)?.max) }
    }
    add("detection of a fault", \.detection)
    row("move after it, median") { $0.spans.text($0.path.summary.move?.p50) }
    detail("longest") { column in
      let isEndless = column.path.transitions.outages.contains {
        $0.detection != nil && $0.move == nil
      }
      return isEndless ? "never" : column.spans.text(column.path.summary.move?.max)
    }
    add("loss as the fault was over", \.recoveryLoss)
    add("two holders", \.heldByTwo)
    add("no holder", \.heldByNone)
  }

  private static func latency(_ columns: [Column]) -> FigureSection {
    let ways = Set(columns.compactMap { $0.path.latency.map(\.way) })
    var section = FigureSection(
      "latency" + (ways.count == 1 ? ", \(ways.first ?? "")" : ""), columns)
    guard columns.contains(where: { $0.path.latency != nil || $0.path.latencyMissing != nil })
    else { return section }
    func text(_ figure: @escaping (LatencyResult) -> String?) -> (Column) -> String {
      { $0.path.latency.flatMap(figure) ?? FigureText.missing }
    }
    if ways.count > 1 { section.row("measured", text { $0.way }) }
    section.row("round trip, median") { column in
      column.path.latency.map { SpanText.fine($0.p50) } ?? "not measured"
    }
    section.detail("95 % interval") { FigureText.spans($0.path.latency?.p50Interval) }
    section.detail("ratio to native") {
      FigureText.ratio($0.path.latency?.vsNative, $0.path.latency?.vsNativeInterval)
    }
    section.row("min/avg/max/mdev", text { SpanText.fine([$0.min, $0.avg, $0.max, $0.mdev]) })
    section.row("90/99/99.9 %", text { SpanText.fine([$0.p90, $0.p99, $0.p999]) })
    section.row(
      "there/back, median",
      text { latency in
        latency.forward.flatMap { there in
          latency.backward.map { SpanText.fine([there.p50, $0.p50]) }
        }
      })
    section.row("answers", text { "\($0.samples)" })
    section.detail("lost", text { "\($0.lost)" })
    section.detail("reordered/duplicates", text { "\($0.reordered)/\($0.duplicates)" })
    return section
  }

  private static func bandwidth(_ columns: [Column]) -> FigureSection {
    let results = columns.compactMap(\.path.bandwidth)
    let tools = Set(results.map(\.tool))
    let ways = Set(results.map { "\($0.from) to \($0.to)" })
    let backs = Set(results.map { "\($0.to) to \($0.from)" })
    var section = FigureSection(
      "bandwidth" + (tools.count == 1 ? ", \(tools.first ?? "")" : ""), columns)
    guard columns.contains(where: { $0.path.bandwidth != nil || $0.path.bandwidthMissing != nil })
    else { return section }
    func text(_ figure: @escaping (BandwidthResult) -> String?) -> (Column) -> String {
      { $0.path.bandwidth.flatMap(figure) ?? FigureText.missing }
    }
    if ways.count > 1 { section.row("measured", text { "\($0.from) to \($0.to)" }) }
    section.row("TCP, \(ways.count == 1 ? ways.first ?? "" : "forward")") { column in
      column.path.bandwidth.map { FigureText.rate($0.bitsPerSecond) } ?? "not measured"
    }
    section.detail("95 % interval", text { FigureText.rates($0.bitsPerSecondInterval) })
    section.detail("ratio to native", text { FigureText.ratio($0.vsNative, $0.vsNativeInterval) })
    section.detail("sent again", text { $0.retransmits.map { "\($0)" } })
    section.row(
      "TCP, \(backs.count == 1 ? backs.first ?? "" : "reverse")",
      text { FigureText.rate($0.reverseBitsPerSecond) })
    section.detail("95 % interval", text { FigureText.rates($0.reverseBitsPerSecondInterval) })
    section.detail(
      "ratio to native",
      text { FigureText.ratio($0.reverseVsNative, $0.reverseVsNativeInterval) })
    section.detail("sent again", text { $0.reverseRetransmits.map { "\($0)" } })
    section.row("CPU a gigabyte, sender", text { FigureText.seconds($0.senderCPU) })
    section.detail("receiver", text { FigureText.seconds($0.receiverCPU) })
    section.row("congestion control", text { $0.congestionControl })
    section.detail("streams", text { "\($0.streams)" })
    section.row("UDP, asked for", text { $0.udp.map { FigureText.rate($0.asked) } })
    section.detail("sent", text { $0.udp.map { FigureText.rate($0.sentBitsPerSecond) } })
    section.detail("received", text { $0.udp.map { FigureText.rate($0.bitsPerSecond) } })
    section.detail("lost", text { $0.udp.map { FigureText.percent($0.lossRatio) } })
    section.detail("jitter", text { $0.udp.map { SpanText.fine($0.jitter) } })
    section.row(
      "rounds with a failure",
      text { result in
        let failed = result.rounds.count { !$0.failures.isEmpty }
        return failed == 0 ? nil : "\(failed) of \(result.rounds.count)"
      })
    return section
  }

  private static func overhead(_ columns: [Column]) -> FigureSection {
    var section = FigureSection("overhead", columns)
    section.row("MTU") { "\($0.path.mtu)" }
    section.detail("found by probing") { column in
      column.path.link.map { $0.pathMTU.map { "\($0)" } ?? "none" } ?? FigureText.missing
    }
    section.row("outer UDP checksum") {
      $0.path.udpChecksum.map { $0 ? "on" : "off" } ?? FigureText.missing
    }
    section.row("offloads") { $0.offloads(ofInterface: 0) }
    section.detail("of the underlay") { $0.offloads(ofInterface: 1) }
    return section
  }
}

extension LatencyResult {
  /// `client to alpha and back, a probe every 1ms`.
  fileprivate var way: String { "\(from) to \(to) and back, a probe every \(interval)" }
}

extension Column {
  /// ethtool's names, and the short ones engineers use.
  private static let offloadNames = [
    ("rx-checksum", "rx"), ("tx-checksum-ip-generic", "tx"), ("tx-tcp-segmentation", "tso"),
    ("tx-generic-segmentation", "gso"), ("rx-gro", "gro"), ("tx-udp_tnl-csum-segmentation", "tnl"),
  ]

  /// Those that are on: `rx tx tso gso`.
  fileprivate func offloads(ofInterface index: Int) -> String {
    guard let interfaces = path.link?.interfaces, interfaces.indices.contains(index),
      let offloads = interfaces[index].offloads
    else { return FigureText.missing }
    let active = Column.offloadNames.filter { offloads[$0.0] == true }.map(\.1)
    return active.isEmpty ? "none" : active.joined(separator: " ")
  }
}

extension PathRecord {
  /// All of them, those of a watch between transitions too.
  var probes: (sent: Int, lost: Int) {
    (
      summary.probesSent + (watch?.aside.sent ?? 0), summary.probesLost + (watch?.aside.lost ?? 0)
    )
  }

  /// How many transitions began with that.
  fileprivate func moves(_ kind: Disturbance.Kind) -> Int {
    transitions.count { $0.disturbance == kind }
  }

  /// Of the transitions that count, at one prober.
  fileprivate func lossOfConnectivity(at prober: String) -> Distribution? {
    Distribution(
      transitions.outages.flatMap(\.probers).filter { $0.node == prober }
        .map(\.lossOfConnectivity))
  }
}

extension PathSummary {
  fileprivate var areAllHeeded: Bool {
    [heededYoung, heededOld].allSatisfy { $0.map { $0.heeded == $0.of } ?? true }
  }
}
