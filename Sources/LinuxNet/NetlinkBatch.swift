import CNetlink

/// Requests that are sent to the kernel together, each answered on its own.
package struct NetlinkBatch: Sendable {
  struct Entry: Sendable {
    let range: Range<Int>
    /// The command that does the same by hand, for an error.
    let purpose: String
  }

  private(set) var bytes: [UInt8] = []
  private(set) var entries: [Entry] = []

  package init() {}

  package var isEmpty: Bool { entries.isEmpty }
  package var count: Int { entries.count }

  /// The commands that do the same by hand.
  package var commands: [String] { entries.map(\.purpose) }

  mutating func append(_ message: borrowing NetlinkMessage, purpose: String) {
    let header = nlmsg_hdr(message.raw)!
    header.pointee.nlmsg_flags |= UInt16(NLM_F_REQUEST | NLM_F_ACK)
    header.pointee.nlmsg_pid = 0
    let start = bytes.count
    let length = Int(header.pointee.nlmsg_len)
    bytes.append(contentsOf: UnsafeRawBufferPointer(start: header, count: length))
    bytes.append(contentsOf: repeatElement(0, count: -length & (Int(NLMSG_ALIGNTO) - 1)))
    entries.append(Entry(range: start..<bytes.count, purpose: purpose))
  }
}
