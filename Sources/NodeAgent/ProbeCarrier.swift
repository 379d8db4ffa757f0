import LinuxNet
import Measurement
import Packets
import TopologyModel

/// What a stream's probes are made of.
enum ProbeCarrier {
  /// STAMP test packets; where `isForeignTaken` by reflectors of any program.
  case stamp(StampSender, isForeignTaken: Bool)
  case echo(EchoSender)
  case solicitation(SolicitationSender)
  case connections(ConnectionSender)

  var descriptor: Descriptor {
    switch self {
    case .stamp(let sender, _): sender.socket.descriptor
    case .echo(let sender): sender.socket.descriptor
    case .solicitation(let sender): sender.socket.descriptor
    case .connections(let sender): sender.descriptor
    }
  }

  /// Sends the probe with that number.
  func send(_ sequence: UInt32, at now: Timestamp) -> SendOutcome {
    switch self {
    case .stamp(let sender, _): sender.send(sequence, at: now)
    case .echo(let sender): sender.send(sequence)
    case .solicitation(let sender): sender.send()
    case .connections(let sender): sender.send(sequence)
    }
  }

  /// Takes in answers; how many packets came.
  func receive(
    _ packets: borrowing PacketBatch, into answers: inout [ProbeAnswer]
  ) -> Int {
    switch self {
    case .stamp(let sender, let isForeignTaken):
      let count = sender.receive(into: packets)
      for index in 0..<count {
        let packet = packets.packet(index)
        if let reply = sender.answer(in: packet, isForeignTaken: isForeignTaken) {
          var answer = ProbeAnswer(reply, at: packet.receivedAt)
          // The number is one of that reflector's own run.
          if isForeignTaken { answer.by = .unsaid }
          answers.append(answer)
        }
      }
      return count
    case .echo(let sender):
      let count = packets.receive(from: sender.socket.descriptor)
      for index in 0..<count {
        let packet = packets.packet(index)
        if let sequence = sender.answered(by: packet) {
          answers.append(ProbeAnswer(sequence: sequence, at: packet.receivedAt))
        }
      }
      return count
    case .solicitation(let sender):
      let count = packets.receive(from: sender.socket.descriptor)
      for index in 0..<count {
        let packet = packets.packet(index)
        if let mac = sender.answered(by: packet) {
          answers.append(ProbeAnswer(sequence: nil, at: packet.receivedAt, by: .somebody(.at(mac))))
        }
      }
      return count
    case .connections(let sender):
      return sender.receive(into: &answers)
    }
  }

  /// Lets go of those before number `oldest`: nobody waits for them any longer.
  func forget(before oldest: UInt32) {
    if case .connections(let sender) = self { sender.forget(before: oldest) }
  }

  /// What is to be said of how they fared since the last time.
  func takeRemarks() -> [String] {
    if case .connections(let sender) = self { return sender.takeRemarks() }
    return []
  }
}

/// An answer to a probe.
struct ProbeAnswer {
  enum Author {
    /// A node that says its number.
    case node(NodeID)
    case somebody(Responder)
    /// The answer does not tell.
    case unsaid
    /// The answer was to tell, and did not.
    case nameless
  }

  /// `nil` where an answer does not tell: then it is one to the latest probe.
  var sequence: UInt32?
  var at: Timestamp
  var by = Author.unsaid
  /// The time it spent with whoever answered.
  var dwell = TimeSpan.zero

  init(sequence: UInt32?, at instant: Timestamp, by author: Author = .unsaid) {
    self.sequence = sequence
    at = instant
    by = author
  }

  init(_ reply: StampReflectorPacket, at instant: Timestamp) {
    sequence = reply.senderSequence
    at = instant
    by = reply.probe.map { .node(NodeID(rawValue: $0.reflector)) } ?? .unsaid
    dwell = reply.timestamp - reply.receiveTimestamp
  }
}
