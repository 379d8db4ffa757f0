import Foundation
package import LinuxNet

/// Stands for a program in the lab kernel: what this process reads goes to it, what it writes comes
/// out here, signals are passed on.
package enum SessionCaller {
  /// The lab went away in the midst.
  package struct Lost: Error, CustomStringConvertible {
    package let description = "the lab has ended"
  }

  static let window = 4

  /// Runs `request` by the session door `socket` to its end; its exit code.
  package static func run(_ request: SessionRequest, by socket: LocalSocket) throws -> Int32 {
    let signals = try PassedSignals()
    let line = SessionLine(socket.stream)
    let window = SessionWindow(SessionCaller.window)
    line.send(SessionFrame(kind: .open, payload: Array(try JSONEncoder().encode(request))))
    let attended = { () throws -> Int32 in
      Thread.detachNewThread { passSignals(signals, line) }
      let input = try isInBackground ? StreamEnd.null() : .standard(STDIN_FILENO)
      Thread.detachNewThread { passInput(input, line, window) }
      return try attend(line, window)
    }
    return request.terminal == nil ? try attended() : try Terminal.raw(STDIN_FILENO, attended)
  }

  /// A program in the background may neither read from its terminal nor set it.
  package static var isInBackground: Bool {
    isatty(STDIN_FILENO) == 1 && tcgetpgrp(STDIN_FILENO) != getpgrp()
  }

  private static func passSignals(_ signals: PassedSignals, _ line: SessionLine) {
    while true {
      let number = signals.next()
      guard number > 0 else { return }
      if number != SIGWINCH {
        line.send(SessionFrame(kind: .signalled, payload: [UInt8(number)]))
      } else if let size = Terminal.size(of: STDIN_FILENO),
        let payload = try? JSONEncoder().encode(size)
      {
        line.send(SessionFrame(kind: .resized, payload: Array(payload)))
      }
    }
  }

  private static func passInput(_ input: StreamEnd, _ line: SessionLine, _ window: SessionWindow) {
    while window.enter() {
      let bytes = input.read(atMost: SessionFrame.piece)
      guard !bytes.isEmpty else { return line.send(SessionFrame(kind: .inputEnded)) }
      line.send(SessionFrame(kind: .input, payload: bytes))
    }
  }

  private static func attend(_ line: SessionLine, _ window: SessionWindow) throws -> Int32 {
    let output = try StreamEnd.standard(STDOUT_FILENO)
    let errors = try StreamEnd.standard(STDERR_FILENO)
    var frames = SessionFrames()
    while true {
      let bytes = line.stream.read()
      guard !bytes.isEmpty else { throw Lost() }
      for frame in try frames.take(bytes) {
        switch frame.kind {
        case .output, .errors:
          // A program that cannot complain goes on.
          if frame.kind == .errors {
            errors.write(frame.payload)
          } else {
            do {
              try output.writeAll(frame.payload, to: "standard output")
            } catch {
              // Whoever read it is gone: so is the program that writes on, as by SIGPIPE.
              guard error.code == EPIPE else { throw error }
              return 128 + SIGPIPE
            }
          }
          line.send(SessionFrame(kind: .taken, payload: [frame.kind.rawValue]))
        case .taken: window.leave()
        case .ended: return Int32(frame.payload.first ?? 1)
        case .open, .input, .inputEnded, .resized, .signalled, .abandoned, .arrived: continue
        }
      }
    }
  }
}
