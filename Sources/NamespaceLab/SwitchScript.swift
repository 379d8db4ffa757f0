import Packets
import TopologyModel

/// What an emulated switch does to the VIP of its segment, and when: a state machine that is told of
/// every claim and answers with what is to come of it. What is left to chance the seed decides,
/// transition by transition.
struct SwitchScript: Sendable {
  enum Change: Hashable, Sendable {
    /// Frames for the VIP go to the port of this server from here on.
    case hold(server: String)
    case letGo
    /// What a node sends to the own address of this server ends its hold.
    case admit(server: String)
    /// The control plane has the VIP at the port of this server.
    case register(server: String)
  }

  struct Entry: Hashable, Sendable {
    var at: Timestamp
    var change: Change
  }

  private let model: SwitchModel
  private let seed: UInt64
  private let turn: TimeSpan
  /// Transitions claimed so far.
  private var transitions: UInt64 = 0

  /// A hold is in place so long before the VIP moves; until then it changes nothing.
  private let lead: TimeSpan

  init(_ model: SwitchModel, seed: UInt64, turn: TimeSpan) {
    self.model = model
    self.seed = seed
    self.turn = turn
    // What starts a program takes longer on the one processor of the lab kernel.
    lead = min(turn / 4, .milliseconds(LabKernel.isInside ? 500 : 200))
  }

  /// What follows from a claim at the instant `at` that `scheduled` named: by `to`, from somebody
  /// unless it begins a round.
  mutating func claimed(
    by to: String, scheduled: Timestamp, at: Timestamp, isTransition: Bool
  ) -> [Entry] {
    if isTransition { transitions += 1 }
    switch model {
    case .learning, .ageing, .dropAnnouncements:
      return []
    case .filtering(.claims(let delay)):
      return isTransition ? [Entry(at: at + delay, change: .register(server: to))] : []
    case .filtering: return []
    case .sticky(let probability, let hold):
      let next = scheduled + turn
      guard isStuck(transitions, probability) else { return [] }
      return [
        Entry(at: next - lead, change: .hold(server: to)),
        Entry(at: next + hold, change: .letGo),
      ]
    case .staleHosts(let probability):
      let isNextStuck = isStuck(transitions, probability)
      return [
        Entry(at: at, change: .admit(server: to)),
        Entry(
          at: scheduled + turn - lead, change: isNextStuck ? .hold(server: to) : .letGo),
      ]
    }
  }

  /// Whether the switch goes on delivering to the old holder after transition number `index`.
  private func isStuck(_ index: UInt64, _ probability: Double) -> Bool {
    var generator = SplitMix64(state: seed &+ index &* 0xd134_2543_de82_ef95)
    return Double.random(in: 0..<1, using: &generator) < probability
  }
}
