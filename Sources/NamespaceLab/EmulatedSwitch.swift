import Foundation
import LinuxNet
package import Packets
import Synchronization
import TopologyModel

/// The switch of a segment as the topology wants it: keeps its rules up to date while the VIP moves,
/// on a thread of its own.
package final class EmulatedSwitch: Sendable {
  private let ruleset: SwitchRuleset
  private let namespace: Namespace
  private let state: Mutex<State>
  /// Held while what is due is taken from the agenda and carried out.
  private let hand = Mutex(())
  private let wake: PipePair

  private struct State {
    /// By the VIP.
    var scripts: [IPAddress: SwitchScript]
    /// The VIP whose path is being measured.
    var vip: IPAddress?
    var agenda: [SwitchScript.Entry] = []
    var isHolding = false
    var failures: [String] = []
    var isOver = false
  }

  /// Loads the rules; `turns` are the lengths of the turns of each VIP. The thread lives until `end`.
  init(
    _ ruleset: SwitchRuleset, in namespace: Namespace, seed: UInt64, turns: [IPAddress: TimeSpan]
  ) throws(KernelError) {
    self.ruleset = ruleset
    self.namespace = namespace
    wake = try PipePair()
    state = Mutex(
      State(scripts: turns.mapValues { SwitchScript(ruleset.model, seed: seed, turn: $0) }))
    try Nftables.load(ruleset.initial, in: namespace)
    Thread.detachNewThread { [self] in work() }
  }

  /// Takes note that server `to` took `vip` at `at`, which the schedule had named `scheduled`; what
  /// follows from it happens when it is due. The first claim of a round is no transition.
  package func follow(
    _ vip: IPAddress, to: String, scheduled: Timestamp, at: Timestamp, isTransition: Bool
  ) {
    state.withLock { state in
      state.vip = vip
      state.agenda +=
        state.scripts[vip]?.claimed(
          by: to, scheduled: scheduled, at: at, isTransition: isTransition) ?? []
    }
    wake.writing.write([0])
  }

  /// Has the VIP delivered at the port of that server from now on, as a control plane says.
  package func register(_ vip: IPAddress, at server: String) {
    hand.withLock { _ in load(.register(server: server), of: vip) }
  }

  /// A round is over: what was still to come comes now, but for holds, and nothing is held any
  /// longer. What the worker is about just then is done before it.
  package func rest() {
    hand.withLock { _ in
      let (rest, isHolding) = state.withLock { state in
        defer { state.agenda = [] }
        let due = state.agenda.filter { !$0.change.isHold }.sorted { $0.at < $1.at }
        return (due.map(\.change), state.isHolding)
      }
      for change in rest { apply(change) }
      if isHolding { apply(.letGo) }
    }
  }

  /// What went wrong since the last call.
  package func takeFailures() -> [String] {
    state.withLock { state in
      defer { state.failures = [] }
      return state.failures
    }
  }

  func end() {
    state.withLock { $0.isOver = true }
    wake.writing.write([0])
  }

  private func work() {
    while true {
      let isOver = hand.withLock { _ in
        let (due, isOver) = takeDue()
        if !isOver { for change in due { apply(change) } }
        return isOver
      }
      if isOver { return }
      let next = state.withLock { $0.agenda.map(\.at).min() }
      let span = next.map { max(.zero, $0 - WallClock.now) } ?? EmulatedSwitch.longestSleep
      // Rounded up to what poll(2) can tell apart.
      if wake.reading.isReadable(within: span + .milliseconds(1)) { _ = wake.reading.read() }
    }
  }

  private static let longestSleep = TimeSpan.seconds(3_600)

  /// What is due, in its order.
  private func takeDue() -> (changes: [SwitchScript.Change], isOver: Bool) {
    let now = WallClock.now
    return state.withLock { state in
      let due = state.agenda.filter { $0.at <= now }.sorted { $0.at < $1.at }
      state.agenda.removeAll { $0.at <= now }
      // A new hold replaces the one before it, and that one's end.
      if due.contains(where: { $0.change.isHold }) {
        let ends = state.agenda.filter { $0.change == .letGo }.sorted { $0.at < $1.at }
        for end in ends.dropLast() { state.agenda.removeAll { $0 == end } }
      }
      return (due.map(\.change), state.isOver)
    }
  }

  private func apply(_ change: SwitchScript.Change) {
    let vip = state.withLock { state in
      if change.isHold || change == .letGo { state.isHolding = change.isHold }
      return state.vip
    }
    if let vip { load(change, of: vip) }
  }

  private func load(_ change: SwitchScript.Change, of vip: IPAddress) {
    do {
      try Nftables.load(ruleset.text(of: change, for: vip), in: namespace)
    } catch {
      state.withLock { $0.failures.append("the switch's rules: \(error)") }
    }
  }
}

extension SwitchScript.Change {
  fileprivate var isHold: Bool {
    if case .hold = self { return true }
    return false
  }
}
