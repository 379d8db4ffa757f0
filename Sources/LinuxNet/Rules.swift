import CNetlink
import Glibc
package import Packets

extension NetlinkBatch {
  /// A rule for what comes from a VIP, and the table that it leads to.
  package mutating func addVIPRoutes(
    from vip: IPAddress, in network: IPNetwork, via gateway: IPAddress, on index: Int32,
    table: UInt32
  ) throws(KernelError) {
    try addRoute(to: network, on: index, table: table)
    try addRoute(
      to: IPNetwork(containing: vip.family.unspecified, prefixLength: 0), via: gateway, on: index,
      table: table)
    try addRule(from: vip, table: table)
  }

  /// What comes from `source` is routed by another table (`ip rule add from SOURCE lookup TABLE`).
  package mutating func addRule(from source: IPAddress, table: UInt32) throws(KernelError) {
    let purpose = "ip rule add from \(source) lookup \(table)"
    let rule = Rule(from: source, table: table)
    var message: OpaquePointer?
    let code = rtnl_rule_build_add_request(rule.raw, NLM_F_CREATE | NLM_F_EXCL, &message)
    append(try NetlinkMessage(message, code: code, purpose: purpose), purpose: purpose)
  }

  /// `ip rule delete from SOURCE lookup TABLE`.
  package mutating func removeRule(from source: IPAddress, table: UInt32) throws(KernelError) {
    let purpose = "ip rule delete from \(source) lookup \(table)"
    let rule = Rule(from: source, table: table)
    var message: OpaquePointer?
    let code = rtnl_rule_build_delete_request(rule.raw, 0, &message)
    append(try NetlinkMessage(message, code: code, purpose: purpose), purpose: purpose)
  }
}

/// A rule object of libnl; frees itself.
private struct Rule: ~Copyable {
  let raw: OpaquePointer

  init(from source: IPAddress, table: UInt32) {
    raw = rtnl_rule_alloc()
    let address = NetlinkAddress(source)
    rtnl_rule_set_family(raw, source.family.constant)
    rtnl_rule_set_src(raw, address.raw)
    rtnl_rule_set_table(raw, table)
    // `FR_ACT_TO_TBL` (linux/fib_rules.h).
    rtnl_rule_set_action(raw, 1)
  }

  deinit { rtnl_rule_put(raw) }
}
