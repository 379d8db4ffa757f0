package import Packets

/// A resource of a cluster that an OCF resource agent starts, stops and monitors, with the attributes that
/// Pacemaker has for it.
package struct ClusterResource: Codable, Hashable, Sendable {
  package var agent: AgentName
  /// What it is told, with the words that differ from server to server as they are written: `$ADDRESS`.
  package var parameters: [String: String]
  /// From the end of one monitor to the next.
  package var monitorEvery: TimeSpan
  /// How long each of its actions may take.
  package var timeouts: Timeouts
  /// After so many failures at one server the resources move to the other; `nil` where only a start that
  /// failed, or what cannot be mended there, has them move.
  @Nullable package var migrationThreshold: Int?
  /// So long after the last failure all of them are forgotten; `nil` for never.
  @Nullable package var failureTimeout: TimeSpan?

  package init(
    agent: AgentName, parameters: [String: String], monitorEvery: TimeSpan = standardMonitor,
    timeouts: Timeouts = Timeouts(), migrationThreshold: Int? = nil, failureTimeout: TimeSpan? = nil
  ) {
    self.agent = agent
    self.parameters = parameters
    self.monitorEvery = monitorEvery
    self.timeouts = timeouts
    self.migrationThreshold = migrationThreshold
    self.failureTimeout = failureTimeout
  }

  /// `ocf:heartbeat:IPaddr2`: the class, who provides it and its type.
  package struct AgentName: CodedAsText, Hashable, Sendable {
    package let provider: String
    package let type: String
  }

  package struct Timeouts: Codable, Hashable, Sendable {
    package var start: TimeSpan
    package var stop: TimeSpan
    package var monitor: TimeSpan

    /// Pacemaker's `default-action-timeout`.
    package static let standard = TimeSpan.seconds(20)

    package init(
      start: TimeSpan = standard, stop: TimeSpan = standard, monitor: TimeSpan = standard
    ) {
      self.start = start
      self.stop = stop
      self.monitor = monitor
    }

    private enum CodingKeys: String, CodingKey {
      case start = "start_ns"
      case stop = "stop_ns"
      case monitor = "monitor_ns"
    }
  }

  /// As agents advise it most.
  package static let standardMonitor = TimeSpan.seconds(10)

  private enum CodingKeys: String, CodingKey {
    case agent, timeouts
    case parameters = "params"
    case monitorEvery = "monitor_ns"
    case migrationThreshold = "migration_threshold"
    case failureTimeout = "failure_timeout_ns"
  }
}

extension ClusterResource.AgentName {
  package init?(_ text: String) {
    let words = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard words.count == 3, words[0] == "ocf", words[1...].allSatisfy(Self.isName) else {
      return nil
    }
    (provider, type) = (words[1], words[2])
  }

  /// Of a file, and of none elsewhere.
  private static func isName(_ word: String) -> Bool {
    word.first.map { $0 != "." && $0 != "-" } == true
      && word.allSatisfy {
        $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0))
      }
  }

  package var description: String { "ocf:\(provider):\(type)" }
}
