import CNetlink
import Glibc
package import Packets

extension NetlinkBatch {
  /// `ip route add NETWORK via GATEWAY`.
  package mutating func addRoute(
    to network: IPv4Network, via gateway: IPv4Address
  ) throws(KernelError) {
    let route = Route(to: network)
    let next = NetlinkAddress(gateway)
    let hop = rtnl_route_nh_alloc()
    rtnl_route_nh_set_gateway(hop, next.raw)
    rtnl_route_add_nexthop(route.raw, hop)
    try add(route, purpose: "ip route add \(network) via \(gateway)")
  }

  /// A neighbour's own route, whose packets leave from `source`
  /// (`ip route add ADDRESS dev INDEX src SOURCE`).
  package mutating func addHostRoute(
    to address: IPv4Address, on index: Int32, from source: IPv4Address
  ) throws(KernelError) {
    let route = Route(to: IPv4Network(containing: address, prefixLength: 32))
    let preferred = NetlinkAddress(source)
    rtnl_route_set_pref_src(route.raw, preferred.raw)
    rtnl_route_set_scope(route.raw, UInt8(RT_SCOPE_LINK.rawValue))
    let hop = rtnl_route_nh_alloc()
    rtnl_route_nh_set_ifindex(hop, index)
    rtnl_route_add_nexthop(route.raw, hop)
    try add(route, purpose: "ip route add \(address) dev \(index) src \(source)")
  }

  private mutating func add(_ route: borrowing Route, purpose: String) throws(KernelError) {
    var message: OpaquePointer?
    let code = rtnl_route_build_add_request(route.raw, NLM_F_CREATE | NLM_F_REPLACE, &message)
    append(try NetlinkMessage(message, code: code, purpose: purpose), purpose: purpose)
  }
}

/// A route object of libnl; frees itself.
private struct Route: ~Copyable {
  let raw: OpaquePointer

  init(to network: IPv4Network) {
    raw = rtnl_route_alloc()
    let destination = NetlinkAddress(network.address, prefixLength: network.prefixLength)
    rtnl_route_set_family(raw, UInt8(AF_INET))
    rtnl_route_set_dst(raw, destination.raw)
  }

  deinit { rtnl_route_put(raw) }
}
