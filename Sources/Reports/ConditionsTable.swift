import Measurement
import Packets
import Records
import TopologyModel

/// Under what the runs were made, row by row.
struct ConditionsTable {
  private let exhibit: Exhibit

  init(_ exhibit: Exhibit) { self.exhibit = exhibit }

  var markup: Markup {
    zip(exhibit.labels, exhibit.runs).map { label, run -> Markup in
      let title: Markup = label.isEmpty ? "" : "<h3>\(label)\(run.title)</h3>"
      return title + table(rows(of: run.result)) + links(of: run.result)
    }.joined(separator: "\n")
  }

  private func rows(of run: RunRecord) -> [(String, String)] {
    var rows = [
      ("kernel", "\(run.kernel.release) (\(run.kernel.kind.rawValue))"), ("program", run.tool),
      ("seed", "\(run.seed)"), ("probe interval", run.probeInterval.description),
    ]
    if let probe = run.conditions?.probe { rows.append(("probe", probe.rawValue)) }
    guard let conditions = run.conditions else { return rows }
    let failover = conditions.failover
    rows += [
      ("started", conditions.started.date),
      ("duration", SpanText.fine(conditions.duration)),
      ("processors", "\(conditions.processors)"),
    ]
    rows += failover.map { [("failover", text($0))] } ?? []
    rows += run.paths.compactMap { path in
      path.watch.map { watch in
        let way = watch.gateway.map { " and the router \($0)" } ?? ""
        return (
          path.name,
          "\(path.vip ?? ""), watched by \(watch.interface)\(way) of \(watch.host) with "
            + "\(watch.probe) every \(watch.every)"
            + (watch.seesFrames ? "" : "; announcements were not seen")
        )
      }
    }
    rows += run.paths.compactMap { path in
      path.failover.flatMap { $0 == failover ? nil : (path.name, text($0)) }
    }
    for node in conditions.nodes where !node.neighbourSettings.isEmpty {
      let listed = node.neighbourSettings.map { "\($0.parameter.rawValue) \($0.value)" }
      rows.append(("neigh of \(node.name)", listed.joined(separator: ", ")))
    }
    rows += conditions.programs.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    return rows
  }

  private func text(_ failover: FailoverSettings) -> String {
    var parts = [failover.pace]
    if !failover.method.runsPrograms {
      parts.append(
        failover.form == .silent
          ? "no announcements"
          : "announcements by \(failover.formName) \(failover.announcementPace)")
    }
    if !failover.releases { parts.append("never given up") }
    if failover.overlap > .zero { parts.append("an overlap of \(failover.overlap)") }
    if failover.overlap < .zero { parts.append("a gap of \(.zero - failover.overlap)") }
    if let heal = failover.healing { parts.append("\(heal.method.rawValue) after \(heal.after)") }
    return parts.joined(separator: ", ") + "; stuck after \(failover.stuckAfter)"
  }

  private func links(of run: RunRecord) -> Markup {
    run.paths.compactMap { path in
      path.link.map { link -> Markup in
        "<details><summary>\(path.name), as \(link.node) has it: "
          + "offloads and kernel parameters</summary>\(table(rows(of: link)))</details>"
      }
    }.joined(separator: "\n")
  }

  private func rows(of link: LinkDescription) -> [(String, String)] {
    link.interfaces.flatMap { interface -> [(String, String)] in
      let offloads = interface.offloads.map { offloads in
        offloads.sorted { $0.key < $1.key }.map { ($0.key, $0.value ? "on" : "off") }
      }
      return [("\(interface.name): MTU", "\(interface.mtu)")]
        + (offloads ?? [("offloads", "not known")]).map { ("\(interface.name): \($0.0)", $0.1) }
    } + link.sysctls.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private func table(_ rows: [(String, String)]) -> Markup {
    "<div class=\"wide\"><table>"
      + rows.map { name, value -> Markup in
        "<tr><td>\(name)</td><td class=\"long\">\(value)</td></tr>"
      }.joined() + "</table></div>"
  }
}
