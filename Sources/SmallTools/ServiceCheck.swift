package import LinuxNet
package import Packets

/// Whether anybody accepts TCP connections at a port, as `nc -z` tries it.
package enum ServiceCheck {
  /// Connects once and closes; waits `limit` at most, and no longer than until somebody interrupts. Why there
  /// is no connection; `nil` where there was one.
  package static func refusal(
    at address: IPAddress, port: UInt16, within limit: TimeSpan, unless interruption: Interruption
  ) -> String? {
    do {
      let connection = try Connection(address.family, isReset: false)
      try connection.connect(to: address, port: port)
      let poll = try EventPoll()
      try poll.add(connection.descriptor, until: .writable, tag: 0)
      try poll.add(interruption.descriptor, tag: 1)
      let deadline = WallClock.now + limit
      while !interruption.hasCome {
        switch connection.state {
        case .open: return nil
        case .failed(let code): return SendOutcome.words(for: code)
        case .pending: break
        }
        let rest = deadline - WallClock.now
        if rest <= .zero { return "no answer within \(limit)" }
        _ = poll.wait(timeout: rest)
      }
      return "interrupted"
    } catch {
      return "\(error)"
    }
  }
}
