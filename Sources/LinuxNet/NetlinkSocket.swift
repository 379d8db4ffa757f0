import CLinux
import CNetlink
import Glibc
package import Packets

/// A netlink socket of one namespace that requests are made through.
package final class NetlinkSocket {
  /// What is spoken over it.
  enum Family {
    case routing
    case generic

    fileprivate var constant: Int32 {
      switch self {
      case .routing: NETLINK_ROUTE
      case .generic: NETLINK_GENERIC
      }
    }
  }

  private let descriptor: Descriptor
  private var sequence: UInt32 = 0
  private var reply = [UInt8](repeating: 0, count: 32 * 1024)

  /// Opens the socket in the namespace of the calling thread.
  package convenience init() throws(KernelError) { try self.init(.routing) }

  init(_ family: Family) throws(KernelError) {
    descriptor = try .socket(
      AF_NETLINK, .raw, protocol: family.constant, purpose: "open a netlink socket")
    for option in [NETLINK_EXT_ACK, NETLINK_CAP_ACK] {
      try descriptor.setOption(SOL_NETLINK, option)
    }
  }

  /// As many requests as are sent at once: their acknowledgements must fit the receive buffer.
  private static let chunk = 128

  /// Sends every request of the batch and waits for every answer. All are carried out even where
  /// one fails; the first failure is thrown.
  package func perform(_ batch: NetlinkBatch) throws(KernelError) {
    var failure: KernelError?
    var next = 0
    while next < batch.entries.count {
      let end = min(next + NetlinkSocket.chunk, batch.entries.count)
      let failed = try exchange(batch, next..<end)
      failure = failure ?? failed
      next = end
    }
    if let failure { throw failure }
  }

  /// The interface indices of the ports of the namespace's bridges that forward
  /// (`bridge link show state forwarding`).
  package func forwardingBridgePorts() throws(KernelError) -> Set<Int32> {
    let header = ifinfomsg(
      ifi_family: UInt8(AF_BRIDGE), __ifi_pad: 0, ifi_type: 0, ifi_index: 0, ifi_flags: 0,
      ifi_change: 0)
    var forwarding: Set<Int32> = []
    try dump(RTM_GETLINK, header, "the ports of bridges") {
      if case .bridgePort(let index, isForwarding: true) = $0 { forwarding.insert(index) }
    }
    return forwarding
  }

  /// The namespace's entry for `address` on an interface (`ip neighbour get ADDRESS dev INDEX`); `nil` where
  /// there is none. The table, which is that of all namespaces, is walked only by kernels before Linux 5.0,
  /// which look for no single entry.
  package func neighbour(
    _ address: IPAddress, on interface: Int32
  ) throws(KernelError) -> (mac: MACAddress?, state: NeighbourState)? {
    var header = ndmsg()
    header.ndm_family = UInt8(address.family.constant)
    header.ndm_ifindex = interface
    let message = NetlinkMessage(
      type: RTM_GETNEIGH, flags: NLM_F_REQUEST | NLM_F_ACK, header: header)
    message.put(NDA_DST, address.bytes)
    var entry: (mac: MACAddress?, state: NeighbourState)?
    do {
      try exchange(message, "ip neighbour get \(address)") {
        if case .neighbour(address, let mac, let state, interface) = NetworkChange($0) {
          entry = (mac, state)
        }
      }
    } catch {
      switch error.code {
      case ENOENT: break
      case EOPNOTSUPP:
        for case .neighbour(address, let mac, let state, interface) in try neighbours(
          address.family)
        {
          entry = (mac, state)
        }
      default: throw error
      }
    }
    return entry
  }

  /// The namespace's entries of a family (`ip neighbour show`).
  package func neighbours(_ family: IPFamily) throws(KernelError) -> [NetworkChange] {
    var header = ndmsg()
    header.ndm_family = UInt8(family.constant)
    var found: [NetworkChange] = []
    try dump(RTM_GETNEIGH, header, "the neighbours") { found.append($0) }
    return found
  }

  /// The addresses that the kernel answers for on an interface, and whose entries those are
  /// (`ip neighbour show proxy`).
  package func neighbourProxies(
    _ family: IPFamily, on interface: Int32
  ) throws(KernelError) -> [(address: IPAddress, origin: UInt8)] {
    var header = ndmsg()
    header.ndm_family = UInt8(family.constant)
    header.ndm_flags = UInt8(NTF_PROXY)
    var found: [(address: IPAddress, origin: UInt8)] = []
    try readWhole("ask for the proxied neighbours", RTM_GETNEIGH, header) {
      found = []
    } each: { message in
      guard let entry = message.body(ndmsg.self), entry.ndm_ifindex == interface,
        let address = message.address(NDA_DST, of: ndmsg.self, family: entry.ndm_family)
      else { return }
      let origin = message.attribute(NDA_PROTOCOL, of: ndmsg.self) {
        (reader: inout ByteReader) throws(ParseError) in try reader.read(UInt8.self)
      }
      found.append((address, origin ?? 0))
    }
    return found
  }

  /// Whether an interface of the namespace has an address (`ip address show`).
  package func hasAddress(
    _ address: IPAddress, on interface: Int32?
  ) throws(KernelError) -> Bool {
    try addresses(address.family).contains {
      $0.address == address && (interface == nil || interface == $0.index)
    }
  }

  /// The namespace's addresses of a family and the interfaces that they are on, but for those that the kernel
  /// does not use yet (`ip address show`).
  package func addresses(
    _ family: IPFamily
  ) throws(KernelError) -> [(address: IPAddress, index: Int32)] {
    var header = ifaddrmsg()
    header.ifa_family = UInt8(family.constant)
    var found: [(address: IPAddress, index: Int32)] = []
    try dump(RTM_GETADDR, header, "the addresses") {
      if case .addressAdded(let address, let index) = $0 { found.append((address, index)) }
    }
    return found
  }

  /// Asks for everything of a kind and calls `body` with each.
  private func dump<Header>(
    _ type: Int, _ header: Header, _ subject: String, _ body: (NetworkChange) -> Void
  ) throws(KernelError) {
    var changes: [NetworkChange] = []
    try readWhole("ask for \(subject)", type, header) {
      changes = []
    } each: { header in
      if let change = NetworkChange(header) { changes.append(change) }
    }
    changes.forEach(body)
  }

  /// Asks for a table. One that changed while it was read is read again, after `begin`.
  func readWhole<Header>(
    _ purpose: String, _ type: Int, _ header: Header, from begin: () -> Void,
    each body: (UnsafeMutablePointer<nlmsghdr>) -> Void
  ) throws(KernelError) {
    for attempt in 1... {
      begin()
      let message = NetlinkMessage(type: type, flags: NLM_F_REQUEST | NLM_F_DUMP, header: header)
      do {
        return try exchange(message, purpose, body)
      } catch {
        if error.code != EINTR || attempt == NetlinkSocket.attempts { throw error }
      }
    }
  }

  private static let attempts = 5

  /// Sends a request that is answered by an acknowledgement or the end of a dump, and calls `body`
  /// with what comes before that.
  func exchange(
    _ message: borrowing NetlinkMessage, _ purpose: String,
    _ body: (UnsafeMutablePointer<nlmsghdr>) -> Void
  ) throws(KernelError) {
    sequence &+= 1
    let request = nlmsg_hdr(message.raw)!
    request.pointee.nlmsg_seq = sequence
    try checkedCall(purpose) {
      send(descriptor.rawValue, request, Int(request.pointee.nlmsg_len), 0)
    }
    if let failure = try conclude(sequence, [purpose], body) { throw failure }
  }

  private func exchange(
    _ batch: NetlinkBatch, _ entries: Range<Int>
  ) throws(KernelError) -> KernelError? {
    let sent = batch.entries[entries]
    let range = sent.first!.range.lowerBound..<sent.last!.range.upperBound
    var bytes = Array(batch.bytes[range])
    let first = sequence &+ 1
    let sequenceOffset = MemoryLayout<nlmsghdr>.offset(of: \.nlmsg_seq)!
    bytes.withUnsafeMutableBytes { buffer in
      for entry in sent {
        sequence &+= 1
        buffer.storeBytes(
          of: sequence, toByteOffset: entry.range.lowerBound - range.lowerBound + sequenceOffset,
          as: UInt32.self)
      }
    }
    try checkedCall("send a netlink request") {
      send(descriptor.rawValue, bytes, bytes.count, 0)
    }
    return try conclude(first, sent.map(\.purpose)) { _ in }
  }

  /// Takes in answers until every request from number `first` on is acknowledged or its dump is at
  /// its end; the first failure among them. A dump that was interrupted is one (`NLM_F_DUMP_INTR`):
  /// EINTR.
  private func conclude(
    _ first: UInt32, _ purposes: [String], _ body: (UnsafeMutablePointer<nlmsghdr>) -> Void
  ) throws(KernelError) -> KernelError? {
    var failure: KernelError?
    var missing = purposes.count
    while missing > 0 {
      let count = try checkedCall("receive a netlink answer") {
        recv(descriptor.rawValue, &reply, reply.count, 0)
      }
      eachMessage(in: reply, count: count) { header in
        let index = Int(header.pointee.nlmsg_seq &- first)
        guard index < purposes.count else { return }
        if Int32(header.pointee.nlmsg_flags) & NLM_F_DUMP_INTR != 0, failure == nil {
          failure = KernelError(
            purposes[index], code: EINTR, detail: "the kernel's table changed as it was read")
        }
        var ack = clinux_ack()
        guard clinux_read_ack(header, &ack) == 0 else { return body(header) }
        missing -= 1
        if ack.error != 0, failure == nil {
          failure = KernelError(
            purposes[index], code: -ack.error, detail: ack.text.map { String(cString: $0) })
        }
      }
    }
    return failure
  }
}

/// Calls `body` with each netlink message among the first `count` of `bytes`.
func eachMessage(
  in bytes: [UInt8], count: Int, _ body: (UnsafeMutablePointer<nlmsghdr>) -> Void
) {
  bytes.withUnsafeBytes { buffer in
    var header = UnsafeMutableRawPointer(mutating: buffer.baseAddress!)
      .assumingMemoryBound(to: nlmsghdr.self)
    var remaining = Int32(count)
    while nlmsg_ok(header, remaining) != 0 {
      body(header)
      header = nlmsg_next(header, &remaining)
    }
  }
}
