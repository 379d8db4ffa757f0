import Measurement
import Packets
package import Records
import TopologyModel

/// A run as OpenMetrics text, for node_exporter's textfile collector: what the latest run found.
package struct OpenMetricsReport {
  private let run: RunRecord

  package init(_ run: RunRecord) { self.run = run }

  package func render() -> String {
    (families.filter { !$0.samples.isEmpty }.map { family in
      ([
        "# HELP \(family.name) \(family.help)", "# TYPE \(family.name) \(family.type)",
      ] + family.samples).joined(separator: "\n")
    } + ["# EOF\n"]).joined(separator: "\n")
  }

  private struct Family {
    let name: String
    var type = "gauge"
    let help: String
    let samples: [String]
  }

  private var families: [Family] {
    [
      Family(
        name: "vipjuggler_run_timestamp_seconds", help: "When the run was started, Unix time.",
        samples: run.conditions.map {
          [
            "vipjuggler_run_timestamp_seconds\(labels([])) \($0.started.nanoseconds / 1_000_000_000)"
          ]
        } ?? []),
      family("transitions", "Moves of the VIP that were measured.") {
        [([], Double($0.summary.transitions))]
      },
      family("transitions_stuck", "Moves after which probes went on missing.") {
        [([], Double($0.summary.stuck))]
      },
      family("probes_sent", "Probes sent while the VIP was moved; all of a watch.") {
        [([], Double($0.probes.sent))]
      },
      family("probes_lost", "Of them, those without an answer in time.") {
        [([], Double($0.probes.lost))]
      },
      family("probes_misdirected", "Probes at a server that did not hold the VIP.") {
        [([], Double($0.summary.misdirected))]
      },
      summary(
        "loss_of_connectivity_seconds", "How long a move cuts off the client cut off longest."
      ) { path in
        path.summary.lossOfConnectivity.map {
          let count = path.summary.transitions - path.summary.void
          return (
            count,
            [("0", $0.min), ("0.5", $0.p50), ("0.9", $0.p90), ("0.99", $0.p99), ("1", $0.max)]
          )
        }
      },
      summary("round_trip_seconds", "Round trips of the path at rest.") { path in
        path.latency.map {
          (
            $0.samples,
            [
              ("0", $0.min), ("0.5", $0.p50), ("0.9", $0.p90), ("0.99", $0.p99),
              ("0.999", $0.p999), ("1", $0.max),
            ]
          )
        }
      },
      family("bandwidth_bytes_per_second", "What TCP carries, the median of the rounds.") { path in
        [
          ("forward", path.bandwidth?.bitsPerSecond),
          ("reverse", path.bandwidth?.reverseBitsPerSecond),
        ].compactMap { direction, bits in bits.map { ([("direction", direction)], $0 / 8) } }
      },
      family("round_trip_vs_native_ratio", "Round trip, in native's.") {
        $0.latency?.vsNative.map { [([], $0)] } ?? []
      },
      family("bandwidth_vs_native_ratio", "Bandwidth, in native's.") {
        $0.bandwidth?.vsNative.map { [([], $0)] } ?? []
      },
    ]
  }

  private typealias Sample = (labels: [(String, String)], value: Double)

  private func family(
    _ name: String, _ help: String, _ samples: @escaping (PathRecord) -> [Sample]
  ) -> Family {
    Family(
      name: prefix + name, help: help,
      samples: lines { path in samples(path).map { (prefix + name, $0.labels, "\($0.value)") } })
  }

  /// Quantiles and how many values they are of.
  private func summary(
    _ name: String, _ help: String,
    _ quantiles: (PathRecord) -> (count: Int, spans: [(String, TimeSpan)])?
  ) -> Family {
    let samples = lines { path in
      guard let (count, spans) = quantiles(path) else { return [] }
      return spans.map { (prefix + name, [("quantile", $0.0)], "\($0.1.seconds)") }
        + [(prefix + name + "_count", [], "\(count)")]
    }
    return Family(name: prefix + name, type: "summary", help: help, samples: samples)
  }

  private var prefix: String { "vipjuggler_" }

  /// The samples of every path.
  private func lines(
    _ samples: (PathRecord) -> [(name: String, labels: [(String, String)], value: String)]
  ) -> [String] {
    run.paths.filter { $0.skipped == nil }.flatMap { path in
      samples(path).map { sample in
        sample.name + labels([("path", path.name), ("kind", path.kind.rawValue)] + sample.labels)
          + " " + sample.value
      }
    }
  }

  private func labels(_ more: [(String, String)]) -> String {
    let all = [("topology", run.topology), ("kernel", run.kernel.kind.rawValue)] + more
    return "{" + all.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",") + "}"
  }

  private func escaped(_ text: String) -> String {
    text.printable.reduce(into: "") { result, character in
      switch character {
      case "\\", "\"": result += "\\\(character)"
      case "\n": result += "\\n"
      default: result.append(character)
      }
    }
  }
}
