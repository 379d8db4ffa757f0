/// What one of a pair of servers tells the other again and again, in a UDP datagram: whether it holds the
/// VIP.
package struct HeartbeatPacket: Hashable, Sendable {
  package enum State: UInt8, Sendable {
    case passive
    case active
    /// It has given the VIP up, and the other is to take it.
    case resigned
    /// Passive, and it cannot take the VIP for now.
    case barred
  }

  package var state: State
  /// The higher one keeps the VIP where both are active.
  package var priority: UInt8
  /// Counts how often its sender has given the VIP up to an active peer, from any number on; 0 where it does not
  /// tell.
  package var yields: UInt32
  /// Tells this pair from others.
  package var pair: UInt64

  package init(state: State, priority: UInt8, yields: UInt32, pair: UInt64) {
    self.state = state
    self.priority = priority
    self.yields = yields
    self.pair = pair
  }
}

extension HeartbeatPacket: WireFormat {
  /// `vjhb`.
  private static let magic: UInt32 = 0x766a_6862
  private static let version: UInt8 = 1

  package static let wireLength = 20

  package init(parsing reader: inout ByteReader) throws(ParseError) {
    let magic: UInt32 = try reader.read()
    guard magic == HeartbeatPacket.magic else {
      throw .unexpected(field: "magic number", value: UInt64(magic))
    }
    let version: UInt8 = try reader.read()
    guard version == HeartbeatPacket.version else {
      throw .unexpected(field: "version", value: UInt64(version))
    }
    let state: UInt8 = try reader.read()
    guard let known = State(rawValue: state) else {
      throw .unexpected(field: "state", value: UInt64(state))
    }
    let priority: UInt8 = try reader.read()
    try reader.skip(1)
    self.init(
      state: known, priority: priority, yields: try reader.read(), pair: try reader.read())
  }

  package func write(to writer: inout ByteWriter) {
    writer.write(HeartbeatPacket.magic)
    writer.write(HeartbeatPacket.version)
    writer.write(state.rawValue)
    writer.write(priority)
    writer.zeros(1)
    writer.write(yields)
    writer.write(pair)
  }
}
