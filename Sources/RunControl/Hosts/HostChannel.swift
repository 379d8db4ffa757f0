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

/// The line to the agent of one host. What comes by it is taken for what it is worth: nothing in it can
/// do more than end the line.
final class HostChannel: Sendable {
  let node: String
  let number: NodeID
  private let program: HostProgram
  private let reach: Reach
  private let interruption: Interruption
  fileprivate let state = Mutex(State())
  /// Leads to the agent; a line at a time, whoever writes it.
  private let input = Mutex<StreamEnd?>(nil)
  private let isChanged = DispatchSemaphore(value: 0)

  fileprivate struct State {
    var process: ChildProcess?
    /// Whether the program is on its way there.
    var isSending = false
    var version: String?
    /// Why no more will come.
    var end: String?
    /// What could not be undone there; `nil` where that is not known.
    var left: [String]?
    var answers: [Int: Result<HostAnswer, HostFailure>] = [:]
    var lastNumber = 0
    /// Those that wait for an answer.
    var open: Set<Int> = []
    var queues: [String: ReportQueue] = [:]
    var clock = ClockMap()
    var exchanges: [ClockExchange] = []
    var complaint: [UInt8] = []
  }

  /// Begins to reach the host.
  init(
    _ node: String, number: NodeID, _ reach: Reach, _ program: HostProgram,
    _ interruption: Interruption
  ) throws(KernelError) {
    self.interruption = interruption
    self.node = node
    self.number = number
    self.reach = reach
    self.program = program
    // A program ends with the thread that started it.
    _ = try WorkThread("host") { [self] in converse() }
  }

  private func failure(_ reason: String) -> HostFailure { HostFailure(node: node, reason: reason) }
}

/// Why a host does not take part, or no longer.
package struct HostFailure: Error, CustomStringConvertible {
  package let node: String
  package let reason: String
  package var description: String { "\(node): \(reason)" }
}

/// What the controller says.
extension HostChannel {
  private static let pollInterval = DispatchTimeInterval.milliseconds(20)

  /// Waits until `value` is there.
  private func waitFor<Value>(
    within limit: TimeSpan, _ what: String, isPatient: Bool = false,
    _ value: (inout State) -> Value?
  ) throws(HostFailure) -> Value {
    var deadline = WallClock.monotonic + limit
    while true {
      if let found = state.withLock({ value(&$0) }) { return found }
      // How long that takes is the link's.
      if state.withLock({ $0.isSending }) { deadline = WallClock.monotonic + limit }
      if let end = state.withLock({ $0.end }) { throw failure(end) }
      if !isPatient, interruption.hasCome { throw failure("interrupted") }
      guard WallClock.monotonic < deadline else {
        throw failure("\(what) within \(limit)")
      }
      _ = isChanged.wait(timeout: .now() + HostChannel.pollInterval)
    }
  }

  /// Waits for the agent's first word.
  func awaitReady(within limit: TimeSpan, version: String) throws(HostFailure) {
    let found = try waitFor(within: limit, "no agent has answered") { $0.version }
    guard found == version else {
      let reason = "its agent is \(found), this is \(version)"
      close(reason)
      throw failure(reason)
    }
  }

  /// Asks a question; its number.
  func ask(_ question: HostQuestion) -> Int {
    let number = state.withLock { state in
      state.lastNumber += 1
      state.open.insert(state.lastNumber)
      return state.lastNumber
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

  func send(_ order: HostOrder) {
    // Before the agent runs there, what is written is taken for its program.
    guard let line = try? JSONEncoder().encode(order), state.withLock({ $0.version != nil }) else {
      return
    }
    input.withLock { _ = $0?.write(Array(line) + [UInt8(ascii: "\n")]) }
  }

  /// Says that the controller is there, and looks at the host's clock.
  func greet() { send(.alive(sent: WallClock.now)) }

  /// Looks at the host's clock a few times at once, for one of them to be quick.
  func awaitClock() throws(HostFailure) {
    for wanted in 1...HostChannel.firstLooks {
      greet()
      try waitFor(within: .seconds(5), "its clock could not be read") {
        $0.exchanges.count >= wanted ? () : nil
      }
    }
  }

  private static let firstLooks = 6

  /// Reports of a path go to `queue` from now on, the host's clock as it is known first.
  func report(_ path: String, to queue: ReportQueue) {
    state.withLock { state in
      state.queues[path] = queue
      for exchange in state.exchanges { queue.append(.clocked(exchange: exchange), from: number) }
    }
  }

  /// By how much the host's clock is ahead of this one's, and by how much that may be wrong.
  var clock: (ahead: TimeSpan, bound: TimeSpan) {
    state.withLock { (.zero - $0.clock.offset(of: number), $0.clock.bound(of: number)) }
  }

  /// Why the host is lost; `nil` while it is there.
  var loss: String? { state.withLock { $0.end } }

  /// Waits until the agent, which was told to, has undone everything; what it could not undo.
  func end() -> String? {
    guard state.withLock({ $0.version != nil }) else {
      close("its agent is not needed")
      return nil
    }
    let left = try? waitFor(
      within: HostAgent.patience + .seconds(3), "it has not ended", isPatient: true
    ) { $0.left }
    let (process, reason) = state.withLock { state in
      defer { state.process = nil }
      return (state.process, state.end)
    }
    process?.destroy()
    guard let left else {
      return
        "\(node): \(reason ?? "its agent has not ended"): its watcher undoes what it did, and `check` "
        + "shows whether it has"
    }
    return left.isEmpty ? nil : "\(node): not undone: \(left.joined(separator: "; "))"
  }

  private func close(_ reason: String) {
    let process = state.withLock { state in
      state.end = state.end ?? reason
      let queues = state.queues
      for queue in queues.values { queue.append(.lost(reason: reason), from: number) }
      return state.process
    }
    process?.destroy()
    input.withLock { $0 = nil }
    isChanged.signal()
  }
}

/// What the host says.
extension HostChannel {
  private func converse() {
    do {
      let word = "vipjuggler-\(UInt64.random(in: 0...UInt64.max))"
      let (process, input, reports, complaints) = try start(word)
      state.withLock { $0.process = process }
      self.input.withLock { $0 = input }
      listen(reports, complaints, word, process)
    } catch {
      close("\(error)")
    }
  }

  /// Starts the command; its ends of the pipes are its alone.
  private func start(
    _ word: String
  ) throws -> (ChildProcess, input: StreamEnd, output: StreamEnd, errors: StreamEnd) {
    let command = try program.command(reach, word: word)
    let (orders, reports, complaints) = (try PipePair(), try PipePair(), try PipePair())
    let process = try ChildProcess(
      command.path, command.arguments, environment: ProcessInfo.processInfo.environment,
      descriptors: [
        orders.reading.descriptor, reports.writing.descriptor, complaints.writing.descriptor,
      ])
    return (process, orders.writing, reports.reading, complaints.reading)
  }

  private func listen(
    _ reports: consuming StreamEnd, _ complaints: StreamEnd, _ word: String,
    _ process: ChildProcess
  ) {
    var lines = LineReader()
    var isReady = false
    var hasEnded = false
    var heard = WallClock.monotonic
    while true {
      takeComplaint(complaints)
      if !reports.isReadable(within: .milliseconds(100)) {
        if hasEnded { break }
        hasEnded = process.hasEnded
        // Signs of life are answered.
        guard isReady, WallClock.monotonic - heard > HostAgent.patience else { continue }
        return close("nothing was heard of it for \(HostAgent.patience)")
      }
      heard = WallClock.monotonic
      let bytes = reports.read()
      let arrived = WallClock.now
      if bytes.isEmpty { break }
      do {
        for line in try lines.take(bytes) {
          if isReady {
            try take(line, arrivedAt: arrived)
          } else {
            isReady = try prepare(String(decoding: line, as: UTF8.self), word)
          }
        }
      } catch {
        return close("\(error)")
      }
    }
    takeComplaint(complaints)
    let code = process.wait()
    // Its number may be another's from now on.
    state.withLock { $0.process = nil }
    close(lastWords(code, isReady))
  }

  /// Until the agent runs there: whether it does now.
  private func prepare(_ line: String, _ word: String) throws -> Bool {
    // A login shell may have something to say, too.
    guard line.hasPrefix(word + " ") else { return false }
    let said = line.dropFirst(word.count + 1)
    if said == "ready" { return true }
    if said.hasPrefix("need ") {
      try sendProgram(to: said.split(separator: " ").dropFirst().map(String.init))
      return false
    }
    throw HostProgram.Failure(description: HostText.harmless(String(said)))
  }

  /// `words` are the machine's kind, and the programs by which it may take this one in.
  private func sendProgram(to words: [String]) throws {
    let (architecture, own) = (words.first ?? "", Machine.architecture)
    guard architecture == own else {
      throw HostProgram.Failure(
        description:
          "it is a machine of kind \(HostText.harmless(architecture)), and this program is "
          + "for \(own): run a build for that kind (`make dist`) from such a machine")
    }
    state.withLock { $0.isSending = true }
    defer { state.withLock { $0.isSending = false } }
    let (compressor, archive) = try program.archive(
      by: words.dropFirst().compactMap(HostProgram.Compressor.init))
    let head = "\(archive.count) \(compressor.rawValue)\n"
    input.withLock { _ = $0?.write(Array(head.utf8) + archive) }
  }

  private func take(_ line: [UInt8], arrivedAt arrived: Timestamp) throws {
    let report: HostReport
    do {
      report = try JSONDecoder().decode(HostReport.self, from: Data(HostText.harmless(line)))
    } catch {
      let text = HostText.harmless(String(decoding: line.prefix(80), as: UTF8.self))
      throw HostProgram.Failure(description: "what it said is no report: `\(text)`")
    }
    state.withLock { state in
      switch report {
      case .hello(let version): state.version = version
      case .reply(let number, let answer):
        state.take(.success(answer), to: number)
      case .failure(let number, let reason): state.take(.failure(failure(reason)), to: number)
      case .engine(let path, let report):
        // What only this end may say.
        if report.isOfAgent { state.queues[path]?.append(report, from: number) }
      case .alive(let sent, let received, let answered):
        state.note(
          ClockExchange(sent: sent, received: received, answered: answered, returned: arrived),
          of: number)
      case .over(let reason, let left):
        state.left = left
        state.end = state.end ?? "its agent has ended: \(reason)"
      }
    }
    isChanged.signal()
  }

  private func takeComplaint(_ stream: StreamEnd) {
    while stream.isReadable(within: .zero) {
      let bytes = stream.read()
      if bytes.isEmpty { return }
      state.withLock { $0.complaint = ($0.complaint + bytes).suffix(4096) }
    }
  }

  /// Why it ended, by what it complained of.
  private func lastWords(_ code: Int32, _ wasReady: Bool) -> String {
    let complaint = state.withLock { String(decoding: $0.complaint, as: UTF8.self) }
    let lines = complaint.split(whereSeparator: \.isNewline).filter { !$0.isEmpty }
    let words = lines.last.map { HostText.harmless(String($0)) }
    var reason = words ?? "its command ended with \(code)"
    if complaint.contains("Host key verification failed")
      || complaint.contains("REMOTE HOST IDENTIFICATION HAS CHANGED")
    {
      reason = "its host key is not the one that is known, or none is: look at it by `ssh` first"
    } else if complaint.contains("error while loading shared libraries") {
      reason += "; a static build runs anywhere: `make static`"
    }
    return wasReady ? "the line to it was cut: \(reason)" : reason
  }
}

extension HostChannel.State {
  /// An answer to nothing that was asked is none.
  fileprivate mutating func take(_ answer: Result<HostAnswer, HostFailure>, to number: Int) {
    if open.remove(number) != nil { answers[number] = answer }
  }

  /// Takes note of a look at the host's clock.
  fileprivate mutating func note(_ exchange: ClockExchange, of node: NodeID) {
    clock.record(node, exchange)
    exchanges.append(exchange)
    if exchanges.count > HostChannel.State.keptExchanges { exchanges.removeFirst() }
    for queue in queues.values { queue.append(.clocked(exchange: exchange), from: node) }
  }

  /// Enough for one of them to have been quick.
  private static let keptExchanges = 16
}
