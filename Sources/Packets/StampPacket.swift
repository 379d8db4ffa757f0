/// The error estimate of a STAMP timestamp (RFC 8762, section 4.2.1; RFC 4656, section 4.1.2).
package struct StampErrorEstimate: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt16
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// NTP format, not synchronised to UTC by an outside source, multiplier 1, scale 2⁻³² s.
  package static let unsynchronised = StampErrorEstimate(rawValue: 0x0001)
}

/// A STAMP test packet, from a Session-Sender or back from a Session-Reflector.
package protocol StampPacket: Hashable, Sendable {
  var sequence: UInt32 { get }
  /// This program's own TLV; `nil` in one of another program.
  var probe: ProbeTLV? { get set }
  /// Whether it is sent by a reflector.
  static var isAnswer: Bool { get }

  /// Reads its fields but for the HMAC and TLVs.
  init(fields reader: inout ByteReader, _ mode: StampMode) throws(ParseError)
  func writeFields(to writer: inout ByteWriter, _ mode: StampMode)
}

extension StampPacket {
  /// Reads a packet but for its TLVs; with a `key` in authenticated mode, and an error when it was not
  /// signed by that, unless it `isTrusted`.
  package init(
    parsing reader: inout ByteReader, key: StampKey?, isTrusted: Bool = false
  ) throws(ParseError) {
    let start = reader.position
    try self.init(fields: &reader, key == nil ? .unauthenticated : .authenticated)
    guard let key else { return }
    let signed = reader.bytes(start..<reader.position)
    let tag: UInt128 = try reader.read()
    guard isTrusted || key.signs(signed, as: tag) else {
      throw .unexpected(field: "HMAC", value: UInt64(tag >> 64))
    }
  }

  /// Writes a packet but for its TLVs; with a `key` in authenticated mode.
  package func write(to writer: inout ByteWriter, key: StampKey?) {
    let start = writer.position
    writeFields(to: &writer, key == nil ? .unauthenticated : .authenticated)
    guard let key else { return }
    writer.write(key.tag(of: writer.written(start..<writer.position)))
  }
}

/// A STAMP Session-Sender test packet (RFC 8762, section 4.2, with the session identifier of RFC 8972,
/// section 3).
package struct StampSenderPacket: StampPacket {
  package static let isAnswer = false

  package var sequence: UInt32
  /// In whatever format the error estimate says; a reflector sends it back as it came.
  package var rawTimestamp: UInt64
  package var errorEstimate: StampErrorEstimate
  package var sessionID: UInt16
  package var probe: ProbeTLV?

  package init(
    sequence: UInt32, timestamp: Timestamp, errorEstimate: StampErrorEstimate = .unsynchronised,
    sessionID: UInt16, probe: ProbeTLV?
  ) {
    self.sequence = sequence
    rawTimestamp = timestamp.ntp
    self.errorEstimate = errorEstimate
    self.sessionID = sessionID
    self.probe = probe
  }

  package init(fields reader: inout ByteReader, _ mode: StampMode) throws(ParseError) {
    sequence = try reader.read()
    try reader.skip(mode.zeros(0, 12))
    rawTimestamp = try reader.read()
    errorEstimate = StampErrorEstimate(rawValue: try reader.read())
    sessionID = try reader.read()
    try reader.skip(mode.zeros(28, 68))
  }

  package func writeFields(to writer: inout ByteWriter, _ mode: StampMode) {
    writer.write(sequence)
    writer.zeros(mode.zeros(0, 12))
    writer.write(rawTimestamp)
    writer.write(errorEstimate.rawValue)
    writer.write(sessionID)
    writer.zeros(mode.zeros(28, 68))
  }
}

/// A STAMP Session-Reflector test packet, stateless (RFC 8762, section 4.3): as long as the packet it
/// answers.
package struct StampReflectorPacket: StampPacket {
  package static let isAnswer = true

  package var sequence: UInt32
  package var timestamp: Timestamp
  package var errorEstimate: StampErrorEstimate
  package var sessionID: UInt16
  package var receiveTimestamp: Timestamp
  package var senderSequence: UInt32
  package var rawSenderTimestamp: UInt64
  package var senderErrorEstimate: StampErrorEstimate
  package var senderTimeToLive: UInt8
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
    rawSenderTimestamp = request.rawTimestamp
    senderErrorEstimate = request.errorEstimate
    senderTimeToLive = timeToLive
    probe = request.probe
    probe?.flags.remove(.unrecognised)
    probe?.reflector = reflector
  }

  package var senderTimestamp: Timestamp { Timestamp(ntp: rawSenderTimestamp) }

  package init(fields reader: inout ByteReader, _ mode: StampMode) throws(ParseError) {
    sequence = try reader.read()
    try reader.skip(mode.zeros(0, 12))
    timestamp = Timestamp(ntp: try reader.read())
    errorEstimate = StampErrorEstimate(rawValue: try reader.read())
    sessionID = try reader.read()
    try reader.skip(mode.zeros(0, 4))
    receiveTimestamp = Timestamp(ntp: try reader.read())
    try reader.skip(mode.zeros(0, 8))
    senderSequence = try reader.read()
    try reader.skip(mode.zeros(0, 12))
    rawSenderTimestamp = try reader.read()
    senderErrorEstimate = StampErrorEstimate(rawValue: try reader.read())
    try reader.skip(mode.zeros(2, 6))
    senderTimeToLive = try reader.read()
    try reader.skip(mode.zeros(3, 15))
  }

  package func writeFields(to writer: inout ByteWriter, _ mode: StampMode) {
    writer.write(sequence)
    writer.zeros(mode.zeros(0, 12))
    writer.write(timestamp.ntp)
    writer.write(errorEstimate.rawValue)
    writer.write(sessionID)
    writer.zeros(mode.zeros(0, 4))
    writer.write(receiveTimestamp.ntp)
    writer.zeros(mode.zeros(0, 8))
    writer.write(senderSequence)
    writer.zeros(mode.zeros(0, 12))
    writer.write(rawSenderTimestamp)
    writer.write(senderErrorEstimate.rawValue)
    writer.zeros(mode.zeros(2, 6))
    writer.write(senderTimeToLive)
    writer.zeros(mode.zeros(3, 15))
  }
}
