import Dispatch
import Foundation
import Glibc
import LinuxNet
import Measurement
import NodeAgent
import Packets
import Records
import Synchronization
import TopologyModel

/// The way to the agent of one host, by one line after another where lines are cut. What comes by it is
/// taken for what it is worth: nothing in it can do more than end it.
final class HostChannel: Sendable {
  let node: String
  let number: NodeID
  private let line: HostLine
  private let interruption: Interruption
  let version: String
  let state = Mutex(State())
  let orders = OrderQueue()
  private let isChanged = DispatchSemaphore(value: 0)
  /// Signalled when nobody needs the agent any longer.
  private let isEnding = DispatchSemaphore(value: 0)

  /// Instants are of no clock that is set.
  enum Stage {
    /// For the first time.
    case reaching
    case up
    /// The line was cut, and the agent goes on for a while.
    case cut(since: Timestamp, reason: String)
    /// The agent has undone everything, or is gone; it is being tried to set it up anew.
    case away(since: Timestamp, reason: String)
    /// No more will come.
    case over(reason: String)
  }

  struct State {
    var stage = Stage.reaching
    var process: ChildProcess?
    /// Whether the program is on its way there.
    var isSending = false
    /// Whether nobody needs the agent any longer.
    var isEnding = false
    /// How often an agent was taken to be gone.
    var losses = 0
    /// When something came, and when another agent has come further, by no clock that is set.
    var heard = WallClock.monotonic
    var progress = WallClock.monotonic
    /// Reports that count.
    var taken = 0
    /// What could not be undone there; `nil` where that is not known.
    var left: [String]?
    var answers: [Int: Result<HostAnswer, HostFailure>] = [:]
    var lastNumber = 0
    /// Those that wait for an answer.
    var open: Set<Int> = []
    /// What was done there, to be done again by another agent, and how far it has come with that.
    var deeds: [HostDeed] = []
    var redoing: (next: Int, number: Int)?
    var queues: [String: ReportQueue] = [:]
    var clock = ClockMap()
    var exchanges: [ClockExchange] = []
    var complaint: [UInt8] = []
  }

  /// Begins to reach the host, where an agent is to be of `version`.
  init(
    _ node: String, number: NodeID, _ line: HostLine, version: String,
    _ interruption: Interruption
  ) throws(KernelError) {
    self.interruption = interruption
    self.node = node
    self.number = number
    self.line = line
    self.version = version
    // A program ends with the thread that started it.
    _ = try WorkThread("host") { [self] in converse() }
  }

  func failure(_ reason: String) -> HostFailure { HostFailure(node: node, reason: reason) }
}

/// Why a host does not take part, or no longer.
package struct HostFailure: Error, CustomStringConvertible {
  package let node: String
  package let reason: String
  package var description: String { "\(node): \(reason)" }
}

/// What was asked of an agent and changed something, so that it is asked of the one in its place, too.
struct HostDeed: Sendable {
  let question: @Sendable () -> HostQuestion
  /// What is wrong with an answer; `nil` where it is as it was.
  var objection: @Sendable (HostAnswer) -> String? = { _ in nil }
}

/// What the controller says.
extension HostChannel {
  private static let pollInterval = DispatchTimeInterval.milliseconds(20)

  /// Waits until `value` is there.
  private func waitFor<Value>(
    since begin: Timestamp = WallClock.monotonic, within limit: TimeSpan, _ what: String,
    isPatient: Bool = false, _ value: (inout State) -> Value?
  ) throws(HostFailure) -> Value {
    while true {
      if let found = state.withLock({ value(&$0) }) { return found }
      if let loss { throw failure(loss) }
      if !isPatient, interruption.hasCome { throw failure("interrupted") }
      let (progress, isSending) = state.withLock { ($0.progress, $0.isSending) }
      // How long sending takes is the link's.
      guard isSending || WallClock.monotonic < max(begin, progress) + limit else {
        throw failure("\(what) within \(limit)")
      }
      _ = isChanged.wait(timeout: .now() + HostChannel.pollInterval)
    }
  }

  /// Waits until an agent answers, from when it was begun to be reached, or the program had come there.
  func awaitReady(within limit: TimeSpan) throws(HostFailure) {
    try waitFor(since: Timestamp(nanoseconds: 0), within: limit, "no agent has answered") {
      if case .up = $0.stage { () } else { nil }
    }
  }

  /// Asks a question; its number.
  func ask(_ question: HostQuestion) -> Int {
    let number = state.withLock { state in
      let number = state.nextNumber()
      state.open.insert(number)
      return number
    }
    send(.ask(number: number, question: question))
    return number
  }

  func answer(to number: Int, within limit: TimeSpan) throws(HostFailure) -> HostAnswer {
    try waitFor(within: limit, "no answer has come") { $0.answers.removeValue(forKey: number) }
      .get()
  }

  func answer(
    to question: HostQuestion, within limit: TimeSpan = .seconds(15)
  ) throws(HostFailure) -> HostAnswer {
    try answer(to: ask(question), within: limit)
  }

  /// What is done again where the agent has to be set up anew.
  func remember(_ deed: HostDeed) { state.withLock { $0.deeds.append(deed) } }

  func send(_ order: HostOrder) { orders.send(order) }

  /// Says that the controller is there, and looks at the host's clock.
  func greet() {
    send(.alive(sent: WallClock.now, taken: state.withLock { $0.taken }))
  }

  /// Looks at the host's clock a few times at once, for one of them to be quick.
  func awaitClock() throws(HostFailure) {
    for wanted in 1...HostChannel.firstLooks {
      greet()
      try waitFor(within: .seconds(5), "its clock could not be read") {
        $0.exchanges.count >= wanted ? () : nil
      }
    }
  }

  static let firstLooks = 6

  /// Reports of a path go to `queue` from now on, the host's clock as it is known first.
  func report(_ path: String, to queue: ReportQueue) {
    state.withLock { state in
      state.queues[path] = queue
      for exchange in state.exchanges { queue.append(.clocked(exchange: exchange), from: number) }
      switch state.stage {
      case .reaching, .up, .cut: break
      case .away(_, let reason): queue.append(.lost(reason: reason, isTried: true), from: number)
      case .over(let reason): queue.append(.lost(reason: reason, isTried: false), from: number)
      }
    }
  }

  /// By how much the host's clock is ahead of this one's, and by how much that may be wrong.
  var clock: (ahead: TimeSpan, bound: TimeSpan) {
    state.withLock {
      (.zero - $0.clock.offset(of: number), $0.clock.bound(of: number, at: WallClock.now))
    }
  }

  /// Why the host is lost; `nil` while it is there.
  var loss: String? {
    state.withLock { state in
      switch state.stage {
      case .reaching, .up, .cut: nil
      case .away(_, let reason), .over(let reason): reason
      }
    }
  }

  var losses: Int { state.withLock { $0.losses } }

  /// Has the agent undo everything.
  func beginEnd() {
    let (stage, process) = state.withLock { state in
      state.isEnding = true
      return (state.stage, state.process)
    }
    isEnding.signal()
    switch stage {
    case .up, .cut: send(.end)
    case .reaching, .away, .over: process?.destroy()
    }
  }

  /// Waits until the agent, which was told to, has undone everything; what it could not undo.
  func end() -> String? {
    if case .reaching = state.withLock({ $0.stage }) {
      close("its agent is not needed")
      return nil
    }
    let left = try? waitFor(
      within: HostAgent.patience + .seconds(3), "it has not ended", isPatient: true
    ) { $0.left }
    let reason = loss
    close("its agent has ended")
    state.withLock { $0.process }?.destroy()
    guard let left else {
      return
        "\(node): \(reason ?? "its agent has not ended"): its watcher undoes what it did, and `check` "
        + "shows whether it has"
    }
    return left.isEmpty ? nil : "\(node): not undone: \(left.joined(separator: "; "))"
  }

  private func close(_ reason: String) {
    state.withLock { state in
      if case .over = state.stage { return }
      state.stage = .over(reason: reason)
      state.tell(.lost(reason: reason, isTried: false), from: number)
    }
    orders.close()
    isChanged.signal()
  }
}

/// One line after another.
extension HostChannel {
  /// Between two tries to be let in by an agent that goes on, and to set one up anew.
  private static let pause = TimeSpan.milliseconds(300)
  private static let longPause = TimeSpan.seconds(2)
  /// For how long it is tried.
  private static let endurance = TimeSpan.seconds(600)

  private func converse() {
    var entry = HostProgram.Entry.fresh
    while true {
      let end = line.hold(entry, self)
      isChanged.signal()
      guard let next = next(after: end) else { return }
      entry = next
    }
  }

  /// How the host is to be reached now that a line has ended; `nil` where that is not tried.
  private func next(after end: HostLine.End) -> HostProgram.Entry? {
    let isWanted = state.withLock { state in
      state.process = nil
      if case .over = state.stage { return false }
      return !state.deeds.isEmpty && !state.isEnding
    }
    guard isWanted, end.kind != .final else {
      close(end.reason)
      return nil
    }
    orders.hold()
    state.withLock { state in
      if case .up = state.stage {
        state.stage = .cut(since: WallClock.monotonic, reason: end.reason)
      }
    }
    var isAgentThere = end.kind == .cut
    while true {
      switch state.withLock({ $0.stage }) {
      case .cut(let since, let reason):
        let isOver = WallClock.monotonic - state.withLock { $0.heard } > HostAgent.patience
        if isOver || end.kind == .undone {
          leave(since, reason)
          isAgentThere = false
        } else {
          if !wait(for: HostChannel.pause) { return giveUp(reason) }
          if isAgentThere { return .resume }
        }
      case .away(let since, let reason):
        guard WallClock.monotonic - since < HostChannel.endurance else { return giveUp(reason) }
        return wait(for: HostChannel.longPause) ? .fresh : giveUp(reason)
      case .reaching, .up, .over: return giveUp(end.reason)
      }
    }
  }

  private func giveUp(_ reason: String) -> HostProgram.Entry? {
    close(reason)
    return nil
  }

  /// Whether the agent is still needed after `span`.
  private func wait(for span: TimeSpan) -> Bool {
    isEnding.wait(timeout: .now() + .nanoseconds(Int(span.nanoseconds))) == .timedOut
  }

  /// The agent has undone everything by now.
  private func leave(_ since: Timestamp, _ reason: String) {
    orders.close()
    state.withLock { state in
      state.stage = .away(since: since, reason: reason)
      state.losses += 1
      state.open = []
      state.clock = ClockMap()
      state.exchanges = []
      state.tell(.lost(reason: reason, isTried: true), from: number)
    }
    isChanged.signal()
  }

  /// Something has changed that somebody may wait for.
  func notify() { isChanged.signal() }
}

extension HostChannel.State {
  mutating func nextNumber() -> Int {
    lastNumber += 1
    return lastNumber
  }

  func tell(_ report: AgentReport, from node: NodeID) {
    for queue in queues.values { queue.append(report, from: node) }
  }

  /// An answer to nothing that was asked is none.
  mutating func take(_ answer: Result<HostAnswer, HostFailure>, to number: Int) {
    if open.remove(number) != nil { answers[number] = answer }
  }

  /// Takes note of a look at the host's clock.
  mutating func note(_ exchange: ClockExchange, of node: NodeID) {
    clock.record(node, exchange)
    exchanges.append(exchange)
    if exchanges.count > HostChannel.State.keptExchanges { exchanges.removeFirst() }
    tell(.clocked(exchange: exchange), from: node)
  }

  /// Enough for one of them to have been quick.
  private static let keptExchanges = 16
}
