import CNetlink
import Glibc
package import Packets

extension NetlinkBatch {
  /// A neighbour entry that never ages
  /// (`ip neighbour add ADDRESS lladdr MAC dev INDEX nud permanent`).
  package mutating func addPermanentNeighbour(
    _ address: IPAddress, at mac: MACAddress, on index: Int32
  ) throws(KernelError) {
    try addNeighbour(address, at: mac, on: index, NUD_PERMANENT, "permanent")
  }

  /// The same as if the neighbour had answered just now: it ages
  /// (`ip neighbour add ADDRESS lladdr MAC dev INDEX nud reachable`).
  package mutating func addReachableNeighbour(
    _ address: IPAddress, at mac: MACAddress, on index: Int32
  ) throws(KernelError) {
    try addNeighbour(address, at: mac, on: index, NUD_REACHABLE, "reachable")
  }

  private mutating func addNeighbour(
    _ address: IPAddress, at mac: MACAddress, on index: Int32, _ state: Int32, _ name: String
  ) throws(KernelError) {
    let entry = NeighbourEntry(
      family: address.family.constant, mac: mac, destination: address, index: index)
    rtnl_neigh_set_state(entry.raw, state)
    try add(
      entry, flags: NLM_F_CREATE | NLM_F_REPLACE,
      purpose: "ip neighbour add \(address) lladdr \(mac) dev \(index) nud \(name)")
  }

  /// Removes an entry, and with it what waits for it to be resolved (`ip neighbour del ADDRESS dev INDEX`).
  package mutating func removeNeighbour(
    _ address: IPAddress, on index: Int32
  ) throws(KernelError) {
    let entry = NeighbourEntry(
      family: address.family.constant, mac: nil, destination: address, index: index)
    let purpose = "ip neighbour del \(address) dev \(index)"
    var message: OpaquePointer?
    let code = rtnl_neigh_build_delete_request(entry.raw, 0, &message)
    append(try NetlinkMessage(message, code: code, purpose: purpose), purpose: purpose)
  }

  /// Has the kernel answer on an interface for an address that is behind another of its interfaces, and says whose
  /// entry that is (`ip neighbour add proxy ADDRESS dev INDEX protocol ORIGIN`).
  package mutating func addNeighbourProxy(
    _ address: IPAddress, on index: Int32, of origin: UInt8
  ) throws(KernelError) {
    let entry = NeighbourEntry.proxy(address, index)
    let purpose = "ip neighbour add proxy \(address) dev \(index)"
    var message: OpaquePointer?
    let code = rtnl_neigh_build_add_request(entry.raw, NLM_F_CREATE | NLM_F_EXCL, &message)
    let request = try NetlinkMessage(message, code: code, purpose: purpose)
    request.put(NDA_PROTOCOL, origin)
    append(request, purpose: purpose)
  }

  /// `ip neighbour del proxy ADDRESS dev INDEX`.
  package mutating func removeNeighbourProxy(
    _ address: IPAddress, on index: Int32
  ) throws(KernelError) {
    let entry = NeighbourEntry.proxy(address, index)
    let purpose = "ip neighbour del proxy \(address) dev \(index)"
    var message: OpaquePointer?
    let code = rtnl_neigh_build_delete_request(entry.raw, 0, &message)
    append(try NetlinkMessage(message, code: code, purpose: purpose), purpose: purpose)
  }

  /// A static forwarding entry of a VXLAN device: frames for `mac` go to the tunnel endpoint
  /// `endpoint` (`bridge fdb add MAC dev INDEX dst ENDPOINT self permanent`).
  package mutating func addForwarding(
    of mac: MACAddress, to endpoint: IPAddress, on index: Int32
  ) throws(KernelError) {
    try add(
      .forwarding(mac, endpoint, index), flags: NLM_F_CREATE | NLM_F_EXCL,
      purpose: "bridge fdb add \(mac) dev \(index) dst \(endpoint)")
  }

  /// One more endpoint that broadcast, multicast and unknown frames are copied to: an all-zero
  /// entry (`bridge fdb append 00:00:00:00:00:00 dev INDEX dst ENDPOINT`).
  package mutating func addFlooding(
    to endpoint: IPAddress, on index: Int32
  ) throws(KernelError) {
    try add(
      .forwarding(.zero, endpoint, index), flags: NLM_F_CREATE | NLM_F_APPEND,
      purpose: "bridge fdb append \(MACAddress.zero) dev \(index) dst \(endpoint)")
  }

  /// A static entry of a bridge: frames for `mac` leave by `port`, until the address shows up at
  /// another port (`bridge fdb replace MAC dev PORT master static`). What the bridge has learnt by then,
  /// from a peer that was sooner, does not stand in its way.
  package mutating func addForwarding(
    of mac: MACAddress, byPort port: Int32
  ) throws(KernelError) {
    try add(
      .bridgePort(mac, port), flags: NLM_F_CREATE | NLM_F_REPLACE,
      purpose: "bridge fdb replace \(mac) dev \(port) master static")
  }

  /// The same as if the bridge had learnt it just now: it ages (`bridge fdb replace MAC dev PORT master dynamic`).
  package mutating func addLearnt(
    _ mac: MACAddress, atPort port: Int32
  ) throws(KernelError) {
    try add(
      .bridgePort(mac, port, state: NUD_REACHABLE), flags: NLM_F_CREATE | NLM_F_REPLACE,
      purpose: "bridge fdb replace \(mac) dev \(port) master dynamic")
  }

  private mutating func add(
    _ entry: borrowing NeighbourEntry, flags: Int32, purpose: String
  ) throws(KernelError) {
    var message: OpaquePointer?
    let code = rtnl_neigh_build_add_request(entry.raw, flags, &message)
    append(try NetlinkMessage(message, code: code, purpose: purpose), purpose: purpose)
  }
}

/// A neighbour object of libnl; frees itself.
private struct NeighbourEntry: ~Copyable {
  let raw: OpaquePointer

  init(family: Int32, mac: MACAddress?, destination: IPAddress?, index: Int32) {
    raw = rtnl_neigh_alloc()
    if let destination {
      // Before the family: libnl refuses an IP destination for an entry that is a bridge's.
      let network = NetlinkAddress(destination)
      rtnl_neigh_set_dst(raw, network.raw)
    }
    rtnl_neigh_set_family(raw, family)
    rtnl_neigh_set_ifindex(raw, index)
    if let mac {
      let link = NetlinkAddress(mac)
      rtnl_neigh_set_lladdr(raw, link.raw)
    }
  }

  static func proxy(_ address: IPAddress, _ index: Int32) -> NeighbourEntry {
    let entry = NeighbourEntry(
      family: address.family.constant, mac: nil, destination: address, index: index)
    rtnl_neigh_set_flags(entry.raw, UInt32(NTF_PROXY))
    return entry
  }

  static func forwarding(
    _ mac: MACAddress, _ endpoint: IPAddress, _ index: Int32
  ) -> NeighbourEntry {
    let entry = NeighbourEntry(family: AF_BRIDGE, mac: mac, destination: endpoint, index: index)
    rtnl_neigh_set_flags(entry.raw, UInt32(NTF_SELF))
    rtnl_neigh_set_state(entry.raw, Int32(NUD_PERMANENT | NUD_NOARP))
    return entry
  }

  static func bridgePort(
    _ mac: MACAddress, _ port: Int32, state: Int32 = NUD_NOARP
  ) -> NeighbourEntry {
    let entry = NeighbourEntry(family: AF_BRIDGE, mac: mac, destination: nil, index: port)
    rtnl_neigh_set_flags(entry.raw, UInt32(NTF_MASTER))
    rtnl_neigh_set_state(entry.raw, state)
    return entry
  }

  deinit { rtnl_neigh_put(raw) }
}
