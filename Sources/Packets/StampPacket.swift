/// The error estimate of a STAMP timestamp (RFC 8762, section 4.2.1; RFC 4656, section 4.1.2).
package struct StampErrorEstimate: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt16
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// NTP format, not synchronised to UTC by an outside source, multiplier 1, scale 2⁻³² s.
  package static let unsynchronised = StampErrorEstimate(rawValue: 0x0001)
}

/// A STAMP Session-Sender test packet, unauthenticated mode (RFC 8762, section 4.2.1, with the
/// session identifier of RFC 8972, section 3), and this program's own TLV.
package struct StampSenderPacket: Hashable, WireFormat {
  package static let wireLength = baseLength + ProbeTLV.wireLength
  package static let baseLength = 44

  package var sequence: UInt32
  package var timestamp: Timestamp
  package var errorEstimate: StampErrorEstimate
  package var sessionID: UInt16
  /// `nil` in one of another program.
  package var probe: ProbeTLV?

  package init(
    sequence: UInt32, timestamp: Timestamp, errorEstimate: StampErrorEstimate = .unsynchronised,
    sessionID: UInt16, probe: ProbeTLV?
  ) {
    self.sequence = sequence
    self.timestamp = timestamp
    self.errorEstimate = errorEstimate
    self.sessionID = sessionID
    self.probe = probe
  }

  package init(parsing reader: inout ByteReader) throws(ParseError) {
    sequence = try reader.read()
    timestamp = Timestamp(ntp: try reader.read())
    errorEstimate = StampErrorEstimate(rawValue: try reader.read())
    sessionID = try reader.read()
    try reader.skip(StampSenderPacket.mustBeZero)
    probe = try? ProbeTLV(parsing: &reader)
  }

  private static let mustBeZero = 28

  package func write(to writer: inout ByteWriter) {
    writer.write(sequence)
    writer.write(timestamp.ntp)
    writer.write(errorEstimate.rawValue)
    writer.write(sessionID)
    writer.zeros(StampSenderPacket.mustBeZero)
    probe?.write(to: &writer)
  }
}

/// A STAMP Session-Reflector test packet, unauthenticated and stateless (RFC 8762, section 4.3.1):
/// as long as the packet it answers.
package struct StampReflectorPacket: Hashable, WireFormat {
  package static let wireLength = StampSenderPacket.wireLength

  package var sequence: UInt32
  package var timestamp: Timestamp
  package var errorEstimate: StampErrorEstimate
  package var sessionID: UInt16
  package var receiveTimestamp: Timestamp
  package var senderSequence: UInt32
  package var senderTimestamp: Timestamp
  package var senderErrorEstimate: StampErrorEstimate
  package var senderTimeToLive: UInt8
  /// `nil` in one that answers another program, or that another program sent without it.
  package var probe: ProbeTLV?

  /// The answer of node `reflector` to `request`, received and sent at the instants given.
  package init(
    answering request: StampSenderPacket, reflector: UInt16, receivedAt: Timestamp,
    sentAt: Timestamp, timeToLive: UInt8
  ) {
    sequence = request.sequence
    timestamp = sentAt
    errorEstimate = .unsynchronised
    sessionID = request.sessionID
    receiveTimestamp = receivedAt
    senderSequence = request.sequence
    senderTimestamp = request.timestamp
    senderErrorEstimate = request.errorEstimate
    senderTimeToLive = timeToLive
    probe = request.probe
    probe?.flags.remove(.unrecognised)
    probe?.reflector = reflector
  }

  package init(parsing reader: inout ByteReader) throws(ParseError) {
    sequence = try reader.read()
    timestamp = Timestamp(ntp: try reader.read())
    errorEstimate = StampErrorEstimate(rawValue: try reader.read())
    sessionID = try reader.read()
    receiveTimestamp = Timestamp(ntp: try reader.read())
    senderSequence = try reader.read()
    senderTimestamp = Timestamp(ntp: try reader.read())
    senderErrorEstimate = StampErrorEstimate(rawValue: try reader.read())
    try reader.skip(2)  // must be zero
    senderTimeToLive = try reader.read()
    try reader.skip(3)  // must be zero
    probe = try? ProbeTLV(parsing: &reader)
  }

  package func write(to writer: inout ByteWriter) {
    writer.write(sequence)
    writer.write(timestamp.ntp)
    writer.write(errorEstimate.rawValue)
    writer.write(sessionID)
    writer.write(receiveTimestamp.ntp)
    writer.write(senderSequence)
    writer.write(senderTimestamp.ntp)
    writer.write(senderErrorEstimate.rawValue)
    writer.zeros(2)
    writer.write(senderTimeToLive)
    writer.zeros(3)
    probe?.write(to: &writer)
  }
}
