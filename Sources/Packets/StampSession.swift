/// What tells the STAMP packets of a run from a stranger's: its number and, in authenticated mode, a
/// key that only who takes part in it has.
package struct StampSession: Hashable, Codable, Sendable {
  package var run: UInt64
  package var key: StampKey?

  package init(run: UInt64, key: StampKey? = nil) {
    self.run = run
    self.key = key
  }

  /// One of a number, and of a key, that nobody has drawn before.
  package static func authenticated() -> StampSession {
    StampSession(run: UInt64.random(in: 1...UInt64.max), key: .random())
  }

  private var mode: StampMode { key == nil ? .unauthenticated : .authenticated }

  /// Of a packet without padding, in bytes.
  package var packetLength: Int {
    mode.baseLength + ProbeTLV.wireLength + (key == nil ? 0 : StampHMACTLV.wireLength)
  }

  /// Writes a packet to the beginning of what `writer` writes to.
  package func write(_ packet: some StampPacket, to writer: inout ByteWriter) {
    packet.write(to: &writer, key: key)
    let base = writer.position
    packet.probe?.write(to: &writer)
    guard let key else { return }
    let sequence = writer.written(0..<StampTLVs.signedLength)
    StampHMACTLV(tag: key.tag(of: sequence, writer.written(base..<writer.position)))
      .write(to: &writer)
  }

  /// The packet in a datagram; `nil` of a stranger's. Where nothing counts but its number and who sent
  /// it, which its TLVs' HMAC signs, the other need not be looked at.
  package func read<Packet: StampPacket>(
    _: Packet.Type = Packet.self, from datagram: ByteReader, isNumberEnough: Bool = false
  ) -> Packet? {
    var reader = datagram
    let start = reader.position
    guard var packet = try? Packet(parsing: &reader, key: key, isTrusted: isNumberEnough)
    else { return nil }
    let base = reader.position
    guard let probe = try? ProbeTLV(parsing: &reader), probe.run == run,
      (probe.reflector != ProbeTLV.noReflector) == Packet.isAnswer,
      !probe.flags.contains(.failed)
    else { return nil }
    if let key {
      let signed = reader.bytes(base..<reader.position)
      let sequence = reader.bytes(start..<(start + StampTLVs.signedLength))
      guard let seal = try? StampHMACTLV(parsing: &reader),
        key.signs(sequence, signed, as: seal.tag)
      else { return nil }
    }
    packet.probe = probe
    return packet
  }
}
