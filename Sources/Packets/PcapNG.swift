/// A capture file in the format of Wireshark (draft-ietf-opsawg-pcapng): one section, one Ethernet
/// interface, timestamps in nanoseconds.
package struct PcapNG: Sendable {
  package private(set) var bytes: [UInt8] = []

  private enum BlockType {
    static let section: UInt32 = 0x0a0d_0d0a
    static let interface: UInt32 = 1
    static let enhancedPacket: UInt32 = 6
  }

  private enum Option {
    static let end: UInt16 = 0
    static let comment: UInt16 = 1
    static let interfaceName: UInt16 = 2
    static let application: UInt16 = 4
    static let timestampResolution: UInt16 = 9
  }

  private static let byteOrderMagic: UInt32 = 0x1a2b_3c4d
  private static let ethernet: UInt16 = 1

  /// `name` is shown as the interface's; `snapLength` is the most that is kept of a frame.
  package init(interface name: String, snapLength: Int, application: String) {
    block(BlockType.section) { block in
      block.put(PcapNG.byteOrderMagic)
      block.put(UInt16(1))  // version 1.0
      block.put(UInt16(0))
      block.put(UInt64.max)  // the section's length is not told
      block.option(Option.application, Array(application.utf8))
      block.option(Option.end, [])
    }
    block(BlockType.interface) { block in
      block.put(PcapNG.ethernet)
      block.put(UInt16(0))
      block.put(UInt32(snapLength))
      block.option(Option.interfaceName, Array(name.utf8))
      block.option(Option.timestampResolution, [9])  // 10⁻⁹ s
      block.option(Option.end, [])
    }
  }

  /// Adds a frame of `length` bytes, of which `kept` are the first.
  package mutating func append(
    _ kept: some Collection<UInt8>, length: Int, at instant: Timestamp, comment: String? = nil
  ) {
    let time = UInt64(bitPattern: instant.nanoseconds)
    block(BlockType.enhancedPacket) { block in
      block.put(UInt32(0))  // interface
      block.put(UInt32(time >> 32))
      block.put(UInt32(truncatingIfNeeded: time))
      block.put(UInt32(kept.count))
      block.put(UInt32(length))
      block.padded(kept)
      if let comment {
        block.option(Option.comment, Array(comment.utf8))
        block.option(Option.end, [])
      }
    }
  }

  /// A block with its length before and after it.
  private mutating func block(_ type: UInt32, _ fill: (inout Block) -> Void) {
    var block = Block()
    fill(&block)
    let length = UInt32(block.bytes.count + 3 * MemoryLayout<UInt32>.size)
    var whole = Block()
    whole.put(type)
    whole.put(length)
    whole.padded(block.bytes)
    whole.put(length)
    bytes += whole.bytes
  }

  /// Fields of a block, little-endian, each part filled up to four bytes.
  private struct Block {
    var bytes: [UInt8] = []

    mutating func put(_ field: some FixedWidthInteger) {
      withUnsafeBytes(of: field.littleEndian) { bytes += $0 }
    }

    mutating func padded(_ part: some Collection<UInt8>) {
      bytes += part
      while !bytes.count.isMultiple(of: 4) { bytes.append(0) }
    }

    mutating func option(_ code: UInt16, _ value: [UInt8]) {
      put(code)
      put(UInt16(value.count))
      padded(value)
    }
  }
}
