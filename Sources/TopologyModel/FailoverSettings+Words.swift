import Packets

extension FailoverSettings {
  /// What moves the VIP, and how often: `a turn every 2s`.
  package var pace: String {
    switch method {
    case .juggle: "a turn every \(every)"
    case .handover: "a handover \(requestPace)"
    case .script: "a move by `\(script?.claim.joined(separator: " ") ?? "")` \(requestPace)"
    case .heartbeat:
      ([
        "heartbeats every \(heartbeat.every)", "dead after \(heartbeat.dead)",
        heartbeat.over.map { "over \($0)" }, heartbeat.hasDyingBreath ? nil : "no dying breath",
      ] + breakage).compactMap(\.self).joined(separator: ", ")
    case .ocf:
      ([
        resources.isEmpty
          ? "resources of each path's own"
          : resources.map { "\($0.agent.type) monitored every \($0.monitorEvery)" }
            .joined(separator: ", then "),
        "heartbeats every \(heartbeat.every)", "dead after \(heartbeat.dead)",
        heartbeat.over.map { "over \($0)" },
      ] + breakage).compactMap(\.self).joined(separator: ", ")
    case .vrrp:
      (["VRRP every \(vrrp.every)"] + breakage).compactMap(\.self).joined(separator: ", ")
    case .carp:
      (["CARP every \(carp.every)"] + breakage).compactMap(\.self).joined(separator: ", ")
    }
  }

  private var requestPace: String {
    requests.isEmpty
      ? "every \(every)" : "after \(requests.map(\.description).joined(separator: ", "))"
  }

  private var breakage: [String?] {
    [preempts ? nil : "no preemption"]
      + faults.map { "a \($0.name.rawValue) of the holder every \($0.every) for \($0.lasting)" }
  }
}
