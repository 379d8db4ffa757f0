import CNetlink
import Glibc
package import Packets

/// A bridge without spanning tree (`ip link add NAME type bridge`).
package struct BridgeLink: Sendable {
  package var name: String
  package var index: Int32
  package var mtu: Int
  /// The kernel chooses one when `nil`.
  package var mac: MACAddress?

  package init(name: String, index: Int32, mtu: Int, mac: MACAddress? = nil) {
    self.name = name
    self.index = index
    self.mtu = mtu
    self.mac = mac
  }
}

/// One end of a veth pair.
package struct VethEnd: Sendable {
  package var name: String
  package var index: Int32

  package init(name: String, index: Int32) {
    self.name = name
    self.index = index
  }
}

/// A virtual cable between a port of a bridge and a node's interface
/// (`ip link add PORT master BRIDGE type veth peer name NAME netns NODE`).
package struct VethLink: Sendable {
  package var port: VethEnd
  /// The index of the port's bridge.
  package var bridge: Int32
  package var node: VethEnd
  package var nodeMAC: MACAddress
  package var mtu: Int

  package init(
    port: VethEnd, bridge: Int32, node: VethEnd, nodeMAC: MACAddress, mtu: Int
  ) {
    self.port = port
    self.bridge = bridge
    self.node = node
    self.nodeMAC = nodeMAC
    self.mtu = mtu
  }
}

/// An 802.1Q interface on top of another (`ip link add link BELOW NAME type vlan id TAG`).
package struct VLANLink: Sendable {
  package var name: String
  package var index: Int32
  package var tag: UInt16
  /// The index of the interface below.
  package var below: Int32
  /// That of the interface below when `nil`.
  package var mac: MACAddress?
  /// That of the interface below when `nil`.
  package var mtu: Int?

  package init(
    name: String, index: Int32, tag: UInt16, below: Int32, mac: MACAddress? = nil, mtu: Int? = nil
  ) {
    self.mtu = mtu
    self.name = name
    self.index = index
    self.tag = tag
    self.below = below
    self.mac = mac
  }
}

extension NetlinkBatch {
  package mutating func add(_ bridge: BridgeLink) throws(KernelError) {
    let link = Link(rtnl_link_alloc(), name: bridge.name, index: bridge.index)
    rtnl_link_set_type(link.raw, "bridge")
    if let mac = bridge.mac {
      let address = NetlinkAddress(mac)
      rtnl_link_set_addr(link.raw, address.raw)
    }
    rtnl_link_set_mtu(link.raw, UInt32(bridge.mtu))
    let address = bridge.mac.map { "address \($0) " } ?? ""
    try add(
      link, purpose: "ip link add \(bridge.name) \(address)mtu \(bridge.mtu) type bridge")
  }

  /// Takes a bridge up that floods multicast like any other frame and sends no IGMP reports of its own
  /// (`ip link set dev INDEX type bridge mcast_snooping 0`).
  package mutating func startBridge(_ index: Int32) {
    let message = NetlinkMessage(type: RTM_NEWLINK, header: ifinfomsg(index))
    message.nest(IFLA_LINKINFO) {
      message.put(IFLA_INFO_KIND, "bridge")
      message.nest(IFLA_INFO_DATA) { message.put(IFLA_BR_MCAST_SNOOPING, UInt8(0)) }
    }
    append(message, purpose: "ip link set dev \(index) type bridge mcast_snooping 0")
    // Up only then: a bridge that is up joins a multicast group and says so, in frames.
    setLink(index, up: true)
  }

  /// A bridge forgets an address that has sent nothing for `time`
  /// (`ip link set dev INDEX type bridge ageing_time CENTISECONDS`).
  package mutating func setAgeing(of index: Int32, after time: TimeSpan) {
    let hundredths = UInt32(clamping: time.nanoseconds / 10_000_000)
    let message = NetlinkMessage(type: RTM_NEWLINK, header: ifinfomsg(index))
    message.nest(IFLA_LINKINFO) {
      message.put(IFLA_INFO_KIND, "bridge")
      message.nest(IFLA_INFO_DATA) { message.put(IFLA_BR_AGEING_TIME, hundredths) }
    }
    append(message, purpose: "ip link set dev \(index) type bridge ageing_time \(hundredths)")
  }

  /// Adds the pair with the port up; its other end goes to `namespace` and is down, because a peer
  /// that is up while it is created is refused.
  package mutating func add(
    _ veth: VethLink, to namespace: Namespace
  ) throws(KernelError) {
    let link = Link(rtnl_link_veth_alloc(), name: veth.port.name, index: veth.port.index)
    rtnl_link_set_mtu(link.raw, UInt32(veth.mtu))
    rtnl_link_set_master(link.raw, veth.bridge)
    rtnl_link_set_flags(link.raw, UInt32(IFF_UP))
    let peer = Link(
      rtnl_link_veth_get_peer(link.raw), name: veth.node.name, index: veth.node.index)
    rtnl_link_set_mtu(peer.raw, UInt32(veth.mtu))
    let mac = NetlinkAddress(veth.nodeMAC)
    rtnl_link_set_addr(peer.raw, mac.raw)
    rtnl_link_set_ns_fd(peer.raw, namespace.descriptorNumber)
    try add(
      link, purpose: "ip link add \(veth.port.name) type veth peer name \(veth.node.name)")
  }

  package mutating func add(_ vlan: VLANLink) throws(KernelError) {
    let link = Link(rtnl_link_vlan_alloc(), name: vlan.name, index: vlan.index)
    if let mac = vlan.mac {
      let address = NetlinkAddress(mac)
      rtnl_link_set_addr(link.raw, address.raw)
    }
    if let mtu = vlan.mtu { rtnl_link_set_mtu(link.raw, UInt32(mtu)) }
    rtnl_link_set_link(link.raw, vlan.below)
    rtnl_link_vlan_set_id(link.raw, vlan.tag)
    let size = vlan.mtu.map { "mtu \($0) " } ?? ""
    try add(
      link,
      purpose: "ip link add link \(vlan.below) \(vlan.name) \(size)type vlan id \(vlan.tag)")
  }

  mutating func add(_ link: borrowing Link, purpose: String) throws(KernelError) {
    var message: OpaquePointer?
    let code = rtnl_link_build_add_request(link.raw, NLM_F_CREATE | NLM_F_EXCL, &message)
    append(try NetlinkMessage(message, code: code, purpose: purpose), purpose: purpose)
  }

  /// Notes `text` at a link (`ip link set dev INDEX alias TEXT`).
  package mutating func setAlias(of index: Int32, to text: String) {
    let message = NetlinkMessage(type: RTM_SETLINK, header: ifinfomsg(index))
    message.put(Int(IFLA_IFALIAS), text)
    append(message, purpose: "ip link set dev \(index) alias \(text)")
  }

  /// `ip link delete dev INDEX`.
  package mutating func removeLink(_ index: Int32) {
    append(
      NetlinkMessage(type: RTM_DELLINK, header: ifinfomsg(index)),
      purpose: "ip link delete dev \(index)")
  }

  /// `ip link set dev INDEX up`, or `down`.
  package mutating func setLink(_ index: Int32, up: Bool) {
    let flags = up ? UInt32(IFF_UP) : 0
    var header = ifinfomsg(index)
    (header.ifi_flags, header.ifi_change) = (flags, UInt32(IFF_UP))
    append(
      NetlinkMessage(type: RTM_NEWLINK, header: header),
      purpose: "ip link set dev \(index) \(up ? "up" : "down")")
  }
}

/// A link object of libnl; frees itself.
struct Link: ~Copyable {
  let raw: OpaquePointer

  init(_ raw: OpaquePointer, name: String, index: Int32) {
    self.raw = raw
    rtnl_link_set_name(raw, name)
    rtnl_link_set_ifindex(raw, index)
  }

  deinit { rtnl_link_put(raw) }
}

extension ifinfomsg {
  /// Of the interface with that index.
  init(_ index: Int32) {
    self.init()
    ifi_index = index
  }
}
