import Glibc
package import LinuxNet
import Measurement
package import Packets

/// Opens a TCP connection a probe, and where asked to fetches a page by it.
package final class ConnectionSender {
  private struct Attempt {
    let connection: Connection
    let sent: Timestamp
    var isOpen = false
    var received: [UInt8] = []
    /// The port that it comes from.
    let port: UInt16
  }

  private let peer: IPAddress
  private let port: UInt16
  /// Whose ports tell the numbers of probes; `nil` where the kernel chooses them.
  private let local: IPAddress?
  /// `nil` for the one that the route takes.
  private let interface: String?
  private let isReset: Bool
  /// `nil` where a connection that opens is answer enough.
  private let request: HTTPRequest?
  private let poll: EventPoll
  /// Where sockets are opened: they are of the namespace of the thread that does it, which is the
  /// caller's where it is `nil`.
  private let namespace: Namespace?
  private var stock: [Connection] = []
  private var attempts: [UInt32: Attempt] = [:]
  /// Those of lower numbers are given up: their answers count no longer.
  private var oldest: UInt32 = 0
  /// Those of lower numbers are closed.
  private var oldestOpen: UInt32 = 0
  private var remarks: [Remark] = []

  package init(
    to peer: IPAddress, port: UInt16, numberedAt local: IPAddress? = nil,
    in namespace: Namespace? = nil, by interface: String? = nil, every interval: TimeSpan,
    request: HTTPRequest?
  ) throws(KernelError) {
    self.local = local
    self.peer = peer
    self.port = port
    self.interface = interface
    isReset = interval < ConnectionSender.shortestWithoutReset
    self.request = request
    poll = try EventPoll()
    self.namespace = namespace
    try stockUp()
  }

  /// Connections more often than this run out of ports, each of which waits for a minute after its own
  /// was closed in order.
  private static let shortestWithoutReset = TimeSpan.milliseconds(10)
  /// A connection whose first segment was lost sends it again after a second (RFC 6298, 2.1), which is
  /// as long as an answer is waited for. It stays open for so long in all, to tell that it hung.
  private static let longest = TimeSpan.milliseconds(1500)
  /// Entering a namespace takes a thread: not for every probe.
  private static let stockSize = 16

  private func stockUp() throws(KernelError) {
    guard let namespace else {
      stock = try [fresh()]
      return
    }
    stock = try namespace.run { () throws(KernelError) in
      var stock: [Connection] = []
      for _ in 0..<ConnectionSender.stockSize { stock.append(try fresh()) }
      return stock
    }
  }

  private func fresh() throws(KernelError) -> Connection {
    try Connection(peer.family, by: interface, isReset: isReset)
  }

  var descriptor: Descriptor { poll.descriptor }

  func send(_ sequence: UInt32, at now: Timestamp) -> SendOutcome {
    do {
      if stock.isEmpty { try stockUp() }
      let connection = stock.removeLast()
      try connection.connect(
        to: peer, port: port, from: local.map { ($0, PortNumbering.port(of: sequence)) })
      try poll.add(connection.descriptor, until: .writable, tag: UInt64(sequence))
      if attempts.isEmpty { oldestOpen = sequence }
      attempts[sequence] = Attempt(
        connection: connection, sent: now, port: try connection.descriptor.localPort())
      return .taken
    } catch {
      let isOwn = [EMFILE, ENFILE, EADDRINUSE, EADDRNOTAVAIL, ENOBUFS, ENOMEM].contains(error.code)
      return isOwn ? .shortage(code: error.code) : .refused(code: error.code)
    }
  }

  /// How many connections had something to tell.
  func receive(into answers: inout [ProbeAnswer]) -> Int {
    let count = poll.wait(timeout: .zero)
    for index in 0..<count {
      let sequence = UInt32(truncatingIfNeeded: poll.tag(index))
      if let (author, port) = advance(sequence), !precedes(sequence, oldest) {
        answers.append(
          ProbeAnswer(sequence: sequence, at: WallClock.now, by: author, key: UInt32(port)))
      }
    }
    return count
  }

  /// Who has answered, when it is over and good.
  private func advance(_ sequence: UInt32) -> (ProbeAnswer.Author, port: UInt16)? {
    guard var attempt = attempts[sequence] else { return nil }
    if !attempt.isOpen {
      switch attempt.connection.state {
      case .pending: return nil
      case .failed(let code):
        fail(sequence, attempt, code)
        return nil
      case .open: break
      }
      guard let request else { return finish(sequence, attempt, by: .unsaid) }
      guard attempt.connection.write(request.bytes),
        (try? poll.change(
          attempt.connection.descriptor, until: .readable, tag: UInt64(sequence))) != nil
      else {
        attempts[sequence] = nil
        return nil
      }
      attempt.isOpen = true
      attempts[sequence] = attempt
      return nil
    }
    return read(sequence, &attempt)
  }

  private func read(
    _ sequence: UInt32, _ attempt: inout Attempt
  ) -> (ProbeAnswer.Author, port: UInt16)? {
    guard let request else { return nil }
    var isAtEnd = false
    switch attempt.connection.read() {
    case .nothingYet: return nil
    case .failed(let code):
      fail(sequence, attempt, code)
      return nil
    case .end: isAtEnd = true
    case .bytes(let bytes): attempt.received += bytes
    }
    let answer = HTTPAnswer(attempt.received, isAtEnd: isAtEnd)
    guard isAtEnd || answer?.isComplete ?? false || attempt.received.count > HTTPAnswer.longest
    else {
      attempts[sequence] = attempt
      return nil
    }
    guard let answer, answer.isGood else {
      let status = answer.map { "an answer had the status \($0.status)" }
      note(status ?? "an answer was no HTTP", of: attempt)
      attempts[sequence] = nil
      return nil
    }
    let name = answer.name(inHeader: request.nameHeader)
    return finish(sequence, attempt, by: name.map { .named($0) } ?? .nameless)
  }

  private func finish(
    _ sequence: UInt32, _ attempt: Attempt, by author: ProbeAnswer.Author
  ) -> (ProbeAnswer.Author, port: UInt16) {
    if attempt.connection.retransmits > 0 {
      note("a connection hung until a segment was sent again", of: attempt)
    }
    attempts[sequence] = nil
    return (author, attempt.port)
  }

  private func fail(_ sequence: UInt32, _ attempt: Attempt, _ code: Int32) {
    note("a connection failed: \(SendOutcome.words(for: code))", of: attempt)
    attempts[sequence] = nil
  }

  private func note(_ what: String, of attempt: Attempt) {
    Remark(at: attempt.sent, what: what, times: 1).add(to: &remarks)
  }

  /// Gives up those of lower numbers than `oldest`.
  func forget(before oldest: UInt32, at now: Timestamp) {
    self.oldest = oldest
    // They grow old in the order of their numbers.
    while precedes(oldestOpen, oldest), !attempts.isEmpty {
      if let attempt = attempts[oldestOpen] {
        guard now - attempt.sent >= ConnectionSender.longest else { return }
        attempts[oldestOpen] = nil
      }
      oldestOpen &+= 1
    }
  }

  /// When the oldest was sent of those that are given up and still open.
  var lingering: Timestamp? {
    precedes(oldestOpen, oldest) ? attempts[oldestOpen]?.sent : nil
  }

  private func precedes(_ sequence: UInt32, _ other: UInt32) -> Bool {
    sequence != other && other &- sequence < UInt32.max / 2
  }

  func takeRemarks() -> [Remark] {
    defer { remarks = [] }
    return remarks
  }
}
