/// What passes between a program in the lab kernel and who started it from outside: kind (1 byte),
/// session (2), length (4), and so many bytes.
package struct SessionFrame: Hashable, Sendable {
  package enum Kind: UInt8, CaseIterable, Sendable {
    /// To the lab kernel: what is to be run, a `SessionRequest` in JSON.
    case open
    case input, inputEnded
    /// The terminal's size, in JSON.
    case resized
    /// A signal's number.
    case signalled
    /// Who started it is gone.
    case abandoned
    /// From the lab kernel.
    case output, errors
    /// The exit code; the last of a session.
    case ended
    /// Of no session: so many bytes (4) have arrived by the line.
    case arrived
    /// Either way: a frame of input, output or errors has been written on, and one more may come.
    case taken
  }

  package var session: UInt16
  package var kind: Kind
  package var payload: [UInt8]

  package init(session: UInt16 = 0, kind: Kind, payload: [UInt8] = []) {
    self.session = session
    self.kind = kind
    self.payload = payload
  }

  /// The longest piece of input or output.
  static let piece = 4096
  /// A command with its environment may be that long (execve(2)).
  fileprivate static let longest = 4 << 20
  fileprivate static let headerLength = 7

  package var bytes: [UInt8] {
    let (session, length) = (session.bigEndian, UInt32(payload.count).bigEndian)
    return [kind.rawValue] + withUnsafeBytes(of: session, Array.init)
      + withUnsafeBytes(of: length, Array.init) + payload
  }
}

/// Puts together what arrives in pieces.
package struct SessionFrames: ~Copyable {
  private var waiting: [UInt8] = []

  package init() {}

  /// Bytes that no frame begins with.
  package struct Garbage: Error, CustomStringConvertible {
    package var description: String { "what came from the other end is no session of a lab" }
  }

  /// The frames that are whole with `bytes`.
  package mutating func take(_ bytes: [UInt8]) throws -> [SessionFrame] {
    waiting += bytes
    var frames: [SessionFrame] = []
    var rest = waiting[...]
    while rest.count >= SessionFrame.headerLength {
      let header = Array(rest.prefix(SessionFrame.headerLength))
      let length = header[3...].reduce(0) { $0 << 8 | Int($1) }
      guard let kind = SessionFrame.Kind(rawValue: header[0]), length <= SessionFrame.longest
      else { throw Garbage() }
      let whole = SessionFrame.headerLength + length
      guard rest.count >= whole else { break }
      frames.append(
        SessionFrame(
          session: UInt16(header[1]) << 8 | UInt16(header[2]), kind: kind,
          payload: Array(rest.dropFirst(SessionFrame.headerLength).prefix(length))))
      rest = rest.dropFirst(whole)
    }
    waiting = Array(rest)
    return frames
  }
}
