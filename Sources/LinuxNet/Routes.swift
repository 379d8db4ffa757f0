import CNetlink
import Glibc
package import Packets

extension NetlinkBatch {
  /// `ip route add NETWORK via GATEWAY`.
  package mutating func addRoute(
    to network: IPNetwork, via gateway: IPAddress
  ) throws(KernelError) {
    let route = Route(to: network)
    route.addHop(via: gateway, on: nil)
    try add(route, purpose: "ip route add \(network) via \(gateway)")
  }

  /// The route to one host, whose packets leave from `source`: a neighbour's where there is no
  /// gateway (`ip route add ADDRESS [via GATEWAY] dev INDEX src SOURCE`).
  package mutating func addHostRoute(
    to address: IPAddress, via gateway: IPAddress? = nil, on index: Int32, from source: IPAddress,
    isReplacing: Bool = true
  ) throws(KernelError) {
    let route = Route(
      to: IPNetwork(containing: address, prefixLength: address.family.width))
    let preferred = NetlinkAddress(source)
    rtnl_route_set_pref_src(route.raw, preferred.raw)
    route.addHop(via: gateway, on: index)
    let way = gateway.map { "via \($0) " } ?? ""
    try add(
      route, isReplacing: isReplacing,
      purpose: "ip route add \(address) \(way)dev \(index) src \(source)")
  }

  /// A network of `index`'s own segment, or where there is a gateway everything, in a table of its own
  /// (`ip route add NETWORK dev INDEX table TABLE`, `ip route add default via GATEWAY …`).
  package mutating func addRoute(
    to network: IPNetwork, via gateway: IPAddress? = nil, on index: Int32, table: UInt32
  ) throws(KernelError) {
    let route = Route(to: network)
    rtnl_route_set_table(route.raw, table)
    route.addHop(via: gateway, on: index)
    let way = gateway.map { "via \($0) " } ?? ""
    try add(
      route, isReplacing: false,
      purpose: "ip route add \(network) \(way)dev \(index) table \(table)")
  }

  /// `ip route delete ADDRESS dev INDEX`.
  package mutating func removeHostRoute(
    to address: IPAddress, on index: Int32
  ) throws(KernelError) {
    try removeRoute(
      to: IPNetwork(containing: address, prefixLength: address.family.width), on: index)
  }

  /// `ip route delete NETWORK dev INDEX table TABLE`, of the main table where none is named.
  package mutating func removeRoute(
    to network: IPNetwork, on index: Int32, table: UInt32? = nil
  ) throws(KernelError) {
    let purpose = "ip route delete \(network) dev \(index)"
    let route = Route(to: network)
    if let table { rtnl_route_set_table(route.raw, table) }
    route.addHop(via: nil, on: index)
    // Whatever its scope.
    rtnl_route_set_scope(route.raw, UInt8(RT_SCOPE_NOWHERE.rawValue))
    var message: OpaquePointer?
    let code = rtnl_route_build_del_request(route.raw, 0, &message)
    append(try NetlinkMessage(message, code: code, purpose: purpose), purpose: purpose)
  }

  private mutating func add(
    _ route: borrowing Route, isReplacing: Bool = true, purpose: String
  ) throws(KernelError) {
    var message: OpaquePointer?
    let code = rtnl_route_build_add_request(
      route.raw, NLM_F_CREATE | (isReplacing ? NLM_F_REPLACE : NLM_F_EXCL), &message)
    append(try NetlinkMessage(message, code: code, purpose: purpose), purpose: purpose)
  }
}

/// A route object of libnl; frees itself.
private struct Route: ~Copyable {
  let raw: OpaquePointer

  init(to network: IPNetwork) {
    raw = rtnl_route_alloc()
    let destination = NetlinkAddress(network.address, prefixLength: network.prefixLength)
    rtnl_route_set_family(raw, UInt8(network.family.constant))
    rtnl_route_set_dst(raw, destination.raw)
  }

  /// By a gateway, by an interface, or both; without the one to the interface's own segment.
  func addHop(via gateway: IPAddress?, on index: Int32?) {
    let hop = rtnl_route_nh_alloc()
    if let index { rtnl_route_nh_set_ifindex(hop, index) }
    if let gateway {
      let next = NetlinkAddress(gateway)
      rtnl_route_nh_set_gateway(hop, next.raw)
    } else {
      rtnl_route_set_scope(raw, UInt8(RT_SCOPE_LINK.rawValue))
    }
    rtnl_route_add_nexthop(raw, hop)
  }

  deinit { rtnl_route_put(raw) }
}
