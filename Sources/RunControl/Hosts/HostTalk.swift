import Foundation
import LinuxNet
import Measurement
import NodeAgent
import Packets
import Synchronization

/// What a host says by one line.
struct HostTalk {
  let channel: HostChannel
  private let program: HostProgram
  private let entry: HostProgram.Entry
  private let word: String
  private var lines = LineReader()
  /// Whether this program runs there.
  private(set) var isReady = false
  /// Why the agent has ended, in its own words.
  private(set) var end: HostLine.End?

  init(
    _ channel: HostChannel, _ program: HostProgram, _ entry: HostProgram.Entry, word: String
  ) {
    self.channel = channel
    self.program = program
    self.entry = entry
    self.word = word
  }

  /// For how long it is tried to set an agent up anew, once.
  private static let patience = TimeSpan.seconds(30)

  /// What is wrong where nothing comes; the line was begun at `instant`.
  func silence(since instant: Timestamp) -> String? {
    let now = WallClock.monotonic
    let (stage, heard, progress, isSending) = channel.state.withLock {
      ($0.stage, $0.heard, $0.progress, $0.isSending)
    }
    switch stage {
    // Signs of life are answered.
    case .up where now - heard > HostAgent.patience:
      return "nothing was heard of it for \(HostAgent.patience)"
    // Then the agent has given up, too.
    case .cut(_, let reason) where now - heard > HostAgent.patience: return reason
    case .away(_, let reason) where now - max(instant, progress) > HostTalk.patience && !isSending:
      return reason
    default: return nil
    }
  }

  mutating func take(_ bytes: [UInt8], arrivedAt instant: Timestamp) throws(HostLine.End) {
    channel.state.withLock { $0.heard = WallClock.monotonic }
    let all: [[UInt8]]
    do {
      all = try lines.take(bytes)
    } catch {
      throw HostLine.End(kind: .final, reason: "\(error)")
    }
    for line in all {
      if isReady {
        try take(line: line, arrivedAt: instant)
      } else {
        isReady = try prepare(String(decoding: line, as: UTF8.self))
      }
    }
  }

  /// Until the program runs there: whether it does now.
  private func prepare(_ line: String) throws(HostLine.End) -> Bool {
    // A login shell may have something to say, too.
    guard line.hasPrefix(word + " ") else { return false }
    let said = line.dropFirst(word.count + 1)
    if said == "ready" {
      channel.state.withLock { ($0.isSending, $0.progress) = (false, WallClock.monotonic) }
      return true
    }
    guard said.hasPrefix("need ") else {
      let reason = said.hasPrefix("refused ") ? said.dropFirst("refused ".count) : said
      throw HostLine.End(kind: .gone, reason: HostText.harmless(String(reason)))
    }
    do {
      try sendProgram(to: said.split(separator: " ").dropFirst().map(String.init))
    } catch {
      throw HostLine.End(kind: .gone, reason: "\(error)")
    }
    return false
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
    channel.state.withLock { $0.isSending = true }
    let (compressor, archive) = try program.archive(
      by: words.dropFirst().compactMap(HostProgram.Compressor.init))
    let head = "\(archive.count) \(compressor.rawValue)\n"
    channel.orders.write(Array(head.utf8) + archive)
  }
}

/// Reports.
extension HostTalk {
  private mutating func take(
    line: [UInt8], arrivedAt instant: Timestamp
  ) throws(HostLine.End) {
    guard
      let report = try? JSONDecoder().decode(HostReport.self, from: Data(HostText.harmless(line)))
    else {
      let text = HostText.harmless(String(decoding: line.prefix(80), as: UTF8.self))
      throw HostLine.End(kind: .final, reason: "what it said is no report: `\(text)`")
    }
    if report.counts { channel.state.withLock { $0.taken += 1 } }
    switch report {
    case .hello(let version, let taken):
      guard version == channel.version else {
        throw HostLine.End(
          kind: .final,
          reason: "its agent is \(HostText.harmless(version)), this is \(channel.version)")
      }
      greet(taken)
    case .reply(let number, let answer): take(.success(answer), to: number)
    case .failure(let number, let reason): take(.failure(channel.failure(reason)), to: number)
    case .engine(let path, let report):
      // What only this end may say.
      guard report.isOfAgent else { break }
      channel.state.withLock { $0.queues[path]?.append(report, from: channel.number) }
    case .alive(let sent, let received, let answered, let taken):
      channel.orders.confirm(taken)
      channel.state.withLock { state in
        state.note(
          ClockExchange(sent: sent, received: received, answered: answered, returned: instant),
          of: channel.number)
      }
    case .over(let reason, let left, let mayReturn):
      channel.state.withLock { $0.left = left }
      let isAnotherToCome = channel.state.withLock {
        if case .away = $0.stage { true } else { false }
      }
      end = HostLine.End(
        kind: mayReturn || isAnotherToCome ? .undone : .final,
        reason: "its agent has ended: \(reason)")
    case .gone: throw HostLine.End(kind: .gone, reason: "its agent is gone")
    }
    channel.notify()
  }

  /// The agent is there; so many orders had come to it by other lines, where there were some.
  private func greet(_ taken: Int?) {
    let (stage, reports) = channel.state.withLock { state in
      let stage = state.stage
      switch stage {
      case .reaching: state.stage = .up
      case .cut(let since, _) where entry == .resume:
        state.stage = .up
        state.tell(.resumed(after: WallClock.monotonic - since), from: channel.number)
      default: (state.taken, state.left) = (0, nil)
      }
      return (stage, state.taken)
    }
    switch stage {
    case .cut where entry == .resume:
      channel.orders.resume(after: taken ?? 0, reports: reports)
    case .away:
      channel.orders.begin()
      for _ in 0..<HostChannel.firstLooks { channel.greet() }
      redo(0)
    default: channel.orders.begin()
    }
  }
}

/// What another agent did is done again.
extension HostTalk {
  private func redo(_ next: Int) {
    let question = channel.state.withLock { state -> HostOrder? in
      guard state.deeds.indices.contains(next) else {
        guard case .away(let since, _) = state.stage else { return nil }
        (state.stage, state.redoing) = (.up, nil)
        state.tell(.returned(after: WallClock.monotonic - since), from: channel.number)
        return nil
      }
      let number = state.nextNumber()
      state.redoing = (next, number)
      return .ask(number: number, question: state.deeds[next].question())
    }
    if let question { channel.send(question) }
  }

  private func take(_ answer: Result<HostAnswer, HostFailure>, to number: Int) {
    let redoing = channel.state.withLock { state in
      let redoing = state.redoing.flatMap { $0.number == number ? $0.next : nil }
      if redoing == nil { state.take(answer, to: number) }
      return redoing
    }
    guard let redoing else { return }
    let objection: String?
    switch answer {
    case .success(let answer):
      objection = channel.state.withLock { $0.deeds[redoing] }.objection(answer)
    case .failure(let failure): objection = failure.reason
    }
    channel.state.withLock { $0.progress = WallClock.monotonic }
    guard let objection else { return redo(redoing + 1) }
    channel.state.withLock { state in
      guard case .away(let since, _) = state.stage else { return }
      let reason = "it cannot be set up anew: \(objection)"
      state.stage = .away(since: since, reason: reason)
      state.tell(.lost(reason: reason, isTried: true), from: channel.number)
    }
    channel.send(.end)
  }
}
