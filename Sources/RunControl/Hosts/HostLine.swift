import Foundation
import Glibc
import LinuxNet
import Measurement
import NodeAgent
import Packets
import Synchronization
import TopologyModel

/// How a host is reached: by a command that leads to its agent, again and again where it is cut.
struct HostLine: Sendable {
  private let reach: Reach
  private let program: HostProgram
  /// What is said before the agent runs begins with it, and by it the agent is found again.
  private let word = "vipjuggler-\(UInt64.random(in: 0...UInt64.max))"

  init(_ reach: Reach, _ program: HostProgram) {
    self.reach = reach
    self.program = program
  }

  /// Why a line has ended.
  struct End: Error {
    enum Kind {
      /// The agent may be there yet.
      case cut
      /// There is none that goes on.
      case gone
      /// The agent heard nothing, and has undone everything.
      case undone
      /// It is not tried again.
      case final
    }

    var kind: Kind
    var reason: String
  }

  private static let lastPatience = TimeSpan.seconds(1)
  private static let mostComplaints = 16

  /// Until the line has ended.
  func hold(_ entry: HostProgram.Entry, _ channel: HostChannel) -> End {
    do {
      let (process, input, reports, complaints) = try start(entry)
      channel.state.withLock { state in
        state.process = process
        state.complaint = []
      }
      try channel.orders.change(to: input)
      var talk = HostTalk(channel, program, entry, word: word)
      let end = listen(reports, complaints, process, &talk)
      channel.state.withLock { ($0.process, $0.isSending) = (nil, false) }
      return end
    } catch {
      return End(kind: .gone, reason: "\(error)")
    }
  }

  /// Starts the command; its ends of the pipes are its alone.
  private func start(
    _ entry: HostProgram.Entry
  ) throws -> (ChildProcess, input: StreamEnd, output: StreamEnd, errors: StreamEnd) {
    let command = try program.command(reach, entry, word: word)
    let (orders, reports, complaints) = (try PipePair(), try PipePair(), try PipePair())
    let process = try ChildProcess(
      command.path, command.arguments, environment: ProcessInfo.processInfo.environment,
      descriptors: [
        orders.reading.descriptor, reports.writing.descriptor, complaints.writing.descriptor,
      ])
    return (process, orders.writing, reports.reading, complaints.reading)
  }

  private func listen(
    _ reports: consuming StreamEnd, _ complaints: StreamEnd, _ process: ChildProcess,
    _ talk: inout HostTalk
  ) -> End {
    let channel = talk.channel
    let began = WallClock.monotonic
    var hasEnded = false
    while true {
      takeComplaint(complaints, channel)
      if !reports.isReadable(within: .milliseconds(100)) {
        if hasEnded { break }
        hasEnded = process.hasEnded
        guard let silence = talk.silence(since: began) else { continue }
        process.destroy()
        _ = process.wait()
        return End(kind: .cut, reason: silence)
      }
      let bytes = reports.read()
      if bytes.isEmpty { break }
      do throws(End) {
        try talk.take(bytes, arrivedAt: WallClock.now)
      } catch {
        process.destroy()
        _ = process.wait()
        return error
      }
    }
    takeComplaint(complaints, channel)
    // One that says no more may be there yet.
    let limit = WallClock.monotonic + HostLine.lastPatience
    while !process.hasEnded, WallClock.monotonic < limit {
      _ = complaints.isReadable(within: .milliseconds(20))
    }
    if !process.hasEnded { process.destroy() }
    let code = process.wait()
    return talk.end ?? End(kind: .cut, reason: lastWords(code, channel, talk.isReady))
  }

  private func takeComplaint(_ stream: StreamEnd, _ channel: HostChannel) {
    for _ in 0..<HostLine.mostComplaints where stream.isReadable(within: .zero) {
      let bytes = stream.read()
      if bytes.isEmpty { return }
      channel.state.withLock { $0.complaint = ($0.complaint + bytes).suffix(4096) }
    }
  }

  /// Why it ended, by what it complained of.
  private func lastWords(_ code: Int32, _ channel: HostChannel, _ wasReady: Bool) -> String {
    let complaint = channel.state.withLock { String(decoding: $0.complaint, as: UTF8.self) }
    let lines = complaint.split(whereSeparator: \.isNewline).filter { !$0.isEmpty }
    let words = lines.last.map { HostText.harmless(String($0)) }
    let end = "its command ended with \(code)"
    // Of one that had begun, what a shell said long before is no reason.
    var reason = words.map { wasReady ? "\(end), and its last words were `\($0)`" : $0 } ?? end
    if complaint.contains("Host key verification failed")
      || complaint.contains("REMOTE HOST IDENTIFICATION HAS CHANGED")
    {
      reason = "its host key is not the one that is known, or none is: look at it by `ssh` first"
    } else if complaint.contains("error while loading shared libraries") {
      reason += "; a static build runs anywhere: `make build`"
    }
    return wasReady ? "the line to it was cut: \(reason)" : reason
  }
}
