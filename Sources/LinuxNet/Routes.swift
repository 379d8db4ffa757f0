import CNetlink
import Glibc
package import Packets

extension NetlinkBatch {
  /// `ip route add NETWORK via GATEWAY`.
  package mutating func addRoute(
    to network: IPv4Network, via gateway: IPv4Address
  ) throws(KernelError) {
    let purpose = "ip route add \(network) via \(gateway)"
    let route = rtnl_route_alloc()
    defer { rtnl_route_put(route) }
    let destination = NetlinkAddress(network.address, prefixLength: network.prefixLength)
    let next = NetlinkAddress(gateway)
    rtnl_route_set_family(route, UInt8(AF_INET))
    rtnl_route_set_dst(route, destination.raw)
    let hop = rtnl_route_nh_alloc()
    rtnl_route_nh_set_gateway(hop, next.raw)
    rtnl_route_add_nexthop(route, hop)
    var message: OpaquePointer?
    let code = rtnl_route_build_add_request(route, NLM_F_CREATE | NLM_F_EXCL, &message)
    append(try NetlinkMessage(message, code: code, purpose: purpose), purpose: purpose)
  }
}
