import LinuxNet
import Packets
import Testing
import TopologyModel

@testable import NamespaceLab

/// Every model's rules, of both versions of IP, tagged and not, taken by nft as they stand.
@Suite struct SwitchRulesetTests {
  private static let models: [SwitchModel] = [
    .learning, .sticky(probability: 1, hold: .seconds(1)), .filtering(.nothing),
    .staleHosts(probability: 1), .dropAnnouncements,
  ]

  private func ruleset(_ model: SwitchModel, _ family: IPFamily, vlan: UInt16?) -> SwitchRuleset {
    let network: UInt128 = family == .v4 ? 0x0a00_0100 : 0xfd00_0001 << 96
    func address(_ host: UInt128) -> IPAddress { IPAddress(bits: network | host, family: family) }
    let roles: [(String, NodeRole)] = [("alpha", .server), ("bravo", .server), ("edge", .router)]
    return SwitchRuleset(
      model: model, family: family, vips: [address(200), address(201)], vlan: vlan,
      tunnelPorts: [4789, 6081],
      ports: roles.enumerated().map { number, node in
        SwitchRuleset.Port(
          node: node.0, address: address(UInt128(number + 1)),
          mac: .local(group: 0, member: UInt16(number + 1)), role: node.1)
      })
  }

  @Test(arguments: [IPFamily.v4, .v6], [nil, 4000])
  func nftTakesThem(family: IPFamily, vlan: UInt16?) throws {
    for model in SwitchRulesetTests.models {
      let ruleset = ruleset(model, family, vlan: vlan)
      let namespace = try Namespace()
      try Nftables.load(ruleset.initial, in: namespace)
      let changes: [SwitchScript.Change] = [
        .hold(server: "alpha"), .admit(server: "bravo"), .hold(server: "bravo"), .letGo,
        .register(server: "bravo"), .register(server: "bravo"),
      ]
      for change in changes {
        for vip in ruleset.vips {
          try Nftables.load(ruleset.text(of: change, for: vip), in: namespace)
        }
      }
    }
  }
}
