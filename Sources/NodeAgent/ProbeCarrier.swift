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
    case .connections(let sender): sender.send(sequence, at: now)
    }
  }

  /// Takes in answers; how many packets came, and how many of them are a stranger's.
  func receive(
    _ packets: borrowing PacketBatch, into answers: inout [ProbeAnswer]
  ) -> (packets: Int, foreign: Int) {
    switch self {
    case .stamp(let sender, let isForeignTaken):
      let count = sender.receive(into: packets)
      var foreign = 0
      for index in 0..<count {
        let packet = packets.packet(index)
        if let reply = sender.answer(in: packet.reader, isForeignTaken: isForeignTaken) {
          var answer = ProbeAnswer(reply, at: packet.receivedAt)
          // The number is one of that reflector's own run.
          if isForeignTaken { answer.by = .unsaid }
          answer.key = reply.senderSequence
          answers.append(answer)
        } else {
          foreign += 1
        }
      }
      return (count, foreign)
    case .echo(let sender):
      let count = packets.receive(from: sender.socket.descriptor)
      for index in 0..<count {
        let packet = packets.packet(index)
        if let sequence = sender.answered(by: packet) {
          answers.append(ProbeAnswer(sequence: sequence, at: packet.receivedAt, key: sequence))
        }
      }
      return (count, 0)
    case .solicitation(let sender):
      let count = packets.receive(from: sender.socket.descriptor)
      for index in 0..<count {
        let packet = packets.packet(index)
        if let mac = sender.answered(by: packet) {
          answers.append(ProbeAnswer(sequence: nil, at: packet.receivedAt, by: .at(mac)))
        }
      }
      return (count, 0)
    case .connections(let sender):
      return (sender.receive(into: &answers), 0)
    }
  }

  /// Of a captured frame: who sent it, and what it shares with the probe that it answers.
  func speaker(in frame: ReceivedPacket) -> (mac: MACAddress, key: UInt32)? {
    var reader = frame.reader
    guard let ethernet = try? EthernetHeader(parsing: &reader),
      let key = try? key(behind: ethernet, &reader)
    else { return nil }
    return (ethernet.source, key)
  }

  private func key(
    behind ethernet: EthernetHeader, _ reader: inout ByteReader
  ) throws(ParseError) -> UInt32? {
    switch ethernet.etherType {
    case .ipv4: _ = try IPv4Header(parsing: &reader)
    case .ipv6: _ = try IPv6Header(parsing: &reader)
    default: return nil
    }
    switch self {
    case .stamp(let sender, let isForeignTaken):
      _ = try UDPHeader(parsing: &reader)
      return sender.answer(in: reader, isForeignTaken: isForeignTaken)?.senderSequence
    case .echo(let sender): return sender.answered(by: reader)
    case .solicitation: return nil
    case .connections:
      try reader.skip(MemoryLayout<UInt16>.size)  // the source port
      return UInt32(try reader.read(UInt16.self))
    }
  }

  /// Lets go of those before number `oldest`: nobody waits for them any longer.
  func forget(before oldest: UInt32, at now: Timestamp) {
    if case .connections(let sender) = self { sender.forget(before: oldest, at: now) }
  }

  /// When the oldest was sent that nobody waits for and that may yet have something to tell.
  var lingering: Timestamp? {
    if case .connections(let sender) = self { return sender.lingering }
    return nil
  }

  /// What is to be said of how they fared since the last time.
  func takeRemarks() -> [Remark] {
    if case .connections(let sender) = self { return sender.takeRemarks() }
    return []
  }
}

/// An answer to a probe.
struct ProbeAnswer {
  enum Author {
    /// A node that says its number.
    case node(NodeID)
    case at(MACAddress)
    case named(String)
    /// The answer does not tell.
    case unsaid
    /// The answer was to tell, and did not.
    case nameless
  }

  /// `nil` where an answer does not tell: then it is one to the latest probe.
  var sequence: UInt32?
  var at: Timestamp
  var by = Author.unsaid
  /// When it came to whoever answered, and when the answer left, by that clock.
  var there: (received: Timestamp, answered: Timestamp)?
  /// What the frame it came in shares with its probe: a number, or a port of this host's.
  var key: UInt32?

  init(sequence: UInt32?, at instant: Timestamp, by author: Author = .unsaid, key: UInt32? = nil) {
    self.sequence = sequence
    at = instant
    by = author
    self.key = key
  }

  /// The time it spent there.
  var dwell: TimeSpan { there.map { $0.answered - $0.received } ?? .zero }

  init(_ reply: StampReflectorPacket, at instant: Timestamp) {
    sequence = reply.senderSequence
    at = instant
    by = reply.probe.map { .node(NodeID(rawValue: $0.reflector)) } ?? .unsaid
    there = (reply.receiveTimestamp, reply.timestamp)
  }
}
