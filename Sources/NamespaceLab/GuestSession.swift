import Dispatch
import Foundation
import LinuxNet
import Packets
import Synchronization

/// A program in the lab kernel that was started from outside.
final class GuestSession: Sendable {
  private let child: ChildProcess
  /// Where it works: where it was asked for, if the lab kernel has that folder.
  let folder: String
  /// `nil` where it has none.
  private let terminal: StreamEnd?
  /// Until it is passed on to.
  private let input: Mutex<StreamEnd?>
  private let outputs: [Output]
  /// What came in and waits to be written on; its writing end goes when no more will.
  private let waiting: StreamEnd
  private let arriving: Mutex<StreamEnd?>
  private let hasEnded = Atomic(false)
  /// Pieces of input that the caller has not been told were taken.
  private let untaken = Atomic(0)

  private struct Output: Sendable {
    let kind: SessionFrame.Kind
    let stream: StreamEnd
    /// Of both streams together less than a socket takes without waiting: who does not read holds up
    /// nobody else.
    let window = SessionWindow(8)
    let isDone = DispatchSemaphore(value: 0)
  }

  /// Starts it.
  init(_ request: SessionRequest) throws {
    let queue = try PipePair()
    waiting = queue.reading
    arriving = Mutex(queue.writing)
    var given: [Descriptor]
    if let size = request.terminal {
      let (master, line) = try Terminal.pair()
      Terminal.resize(master, to: size)
      terminal = master
      input = Mutex(master)
      given = Array(repeating: line.descriptor, count: 3)
      var outputs = [Output(kind: .output, stream: master)]
      if !request.errsToTerminal {
        let errors = try PipePair()
        given[2] = errors.writing.descriptor
        outputs.append(Output(kind: .errors, stream: errors.reading))
      }
      self.outputs = outputs
    } else {
      let (source, output, errors) = (try PipePair(), try PipePair(), try PipePair())
      terminal = nil
      input = Mutex(source.writing)
      given = [source.reading, output.writing, errors.writing].map(\.descriptor)
      outputs = [
        Output(kind: .output, stream: output.reading),
        Output(kind: .errors, stream: errors.reading),
      ]
    }
    folder = access(request.folder, X_OK) == 0 ? request.folder : "/"
    child = try ChildProcess(
      "/usr/bin/env", ["-C", folder] + request.command,
      environment: request.environment.merging([LabKernel.kindVariable: LabKernel.kind]) { $1 },
      descriptors: given)
  }

  /// Says what becomes of it as session `number`.
  func begin(_ number: UInt16, in sessions: GuestSessions) {
    Thread.detachNewThread { self.passInput(number, in: sessions) }
    for output in outputs {
      Thread.detachNewThread { self.pass(output, of: number, in: sessions) }
    }
    Thread.detachNewThread {
      let code = self.child.wait()
      self.hasEnded.store(true, ordering: .sequentiallyConsistent)
      self.endInput()
      for output in self.outputs { output.isDone.wait() }
      sessions.end(number, code: code)
    }
  }

  func take(_ frame: SessionFrame) {
    switch frame.kind {
    case .input:
      untaken.add(1, ordering: .sequentiallyConsistent)
      arriving.withLock { _ = $0?.write(frame.payload) }
    case .inputEnded: endInput()
    case .resized:
      guard let terminal,
        let size = try? JSONDecoder().decode(Terminal.Size.self, from: Data(frame.payload))
      else { return }
      Terminal.resize(terminal, to: size)
    case .signalled: child.signal(Int32(frame.payload.first ?? 0))
    case .abandoned:
      for output in outputs { output.window.close() }
      child.destroy()
    case .taken: outputs.first { $0.kind.rawValue == frame.payload.first }?.window.leave()
    case .open, .output, .errors, .ended, .arrived: return
    }
  }

  private func endInput() { arriving.withLock { $0 = nil } }

  private func passInput(_ number: UInt16, in sessions: GuestSessions) {
    guard let input = input.withLock({ $0.take() }) else { return }
    while true {
      let bytes = waiting.read(atMost: SessionFrame.piece)
      guard !bytes.isEmpty else { break }
      input.write(bytes)
      for _ in 0..<untaken.exchange(0, ordering: .sequentiallyConsistent) {
        sessions.send(SessionFrame(session: number, kind: .taken))
      }
    }
    // Of a pipe the end is that nobody writes to it any longer.
    if terminal != nil { input.write([GuestSession.endOfFile]) }
  }

  /// Ctrl-D.
  private static let endOfFile: UInt8 = 4

  private static let pollInterval = TimeSpan.milliseconds(50)

  /// What the program writes, until it has closed that or has ended and nothing is left of it.
  private func pass(_ output: Output, of number: UInt16, in sessions: GuestSessions) {
    defer { output.isDone.signal() }
    while true {
      let isLast = hasEnded.load(ordering: .sequentiallyConsistent)
      guard output.stream.isReadable(within: isLast ? .zero : GuestSession.pollInterval) else {
        if isLast { return }
        continue
      }
      let bytes = output.stream.read(atMost: SessionFrame.piece)
      guard !bytes.isEmpty, output.window.enter() else { return }
      sessions.send(SessionFrame(session: number, kind: output.kind, payload: bytes))
    }
  }
}
