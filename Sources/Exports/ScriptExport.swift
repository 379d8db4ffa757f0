import Packets
import TopologyModel

/// A path as a script of ip(8) and bridge(8), with its undo, and a unit of systemd that runs it.
struct ScriptExport {
  private let end: ExportedEnd

  init(_ end: ExportedEnd) { self.end = end }

  private var name: String { "vipjuggler-\(end.path.name)" }

  var files: [ExportedFile] {
    [
      ExportedFile(name: "\(name).sh", text: script, isExecutable: true),
      ExportedFile(name: "\(name).service", text: unit),
    ]
  }

  private var script: String {
    "#!/bin/sh\n"
      + ExportedEnd.comment(
        [
          end.title, "",
          "  \(name).sh up      builds it, anew where it is there",
          "  \(name).sh down    takes it away", "",
          "UNDERLAY is the interface that has \(end.member.underlay).", "",
        ] + end.leftOut)
        + """
        set -eu
        UNDERLAY=${UNDERLAY:-\(end.underlay)}

        down() {
        \(indented(down))
        }

        up() {
          down
          # Half of it is not left behind.
          trap down EXIT
        \(indented(up))
          trap - EXIT
        }

        case "${1:-}" in
          up) up ;;
          down) down ;;
          *) echo "usage: $0 up|down" >&2; exit 64 ;;
        esac

        """
  }

  private func indented(_ lines: [String]) -> String {
    lines.map { "  " + $0 }.joined(separator: "\n")
  }

  private var up: [String] {
    (end.path.kind == .geneve ? bridge + end.peers.flatMap(tunnel) : vxlan) + [
      "ip address add \(end.address) dev \(end.interface)", "ip link set dev \(end.interface) up",
    ]
  }

  /// Whatever of it is there.
  private var down: [String] {
    guard end.path.kind == .geneve else {
      return ["ip link delete dev \(end.interface) 2>/dev/null || true"]
    }
    return TunnelCommands.undo(end) + ["ip link delete dev \(end.interface) 2>/dev/null || true"]
  }

  private var vxlan: [String] {
    guard let settings = end.path.overlay else { return [] }
    let device = end.interface
    return [
      "ip link add name \(device) address \(end.member.mac) mtu \(end.path.mtu) type vxlan \\",
      "  id \(settings.vni) local \(end.member.underlay) dev \"$UNDERLAY\" dstport \(settings.port) \\",
      "  nolearning \(TunnelCommands.checksum(end))",
    ]
      + end.peers.flatMap { peer in
        [
          "# \(peer.name)",
          "bridge fdb append \(MACAddress.zero) dev \(device) dst \(peer.endpoint) self permanent",
          "bridge fdb add \(peer.mac) dev \(device) dst \(peer.endpoint) self permanent",
        ]
      }
  }

  private var bridge: [String] {
    [
      "ip link add name \(end.interface) address \(end.member.mac) mtu \(end.path.mtu) type bridge "
        + "stp_state 0"
    ]
  }

  private func tunnel(to peer: ExportedEnd.Peer) -> [String] {
    ["# \(peer.name)", TunnelCommands.route(end, to: peer)] + TunnelCommands.device(end, to: peer)
      + [TunnelCommands.entry(end, for: peer)]
  }

  private var unit: String {
    """
    # \(end.title)
    # Install the script as /usr/local/sbin/\(name).sh.
    [Unit]
    Description=\(end.path.name), built by vipjuggler's export
    Wants=network-online.target
    After=network-online.target

    [Service]
    Type=oneshot
    RemainAfterExit=yes
    ExecStart=/usr/local/sbin/\(name).sh up
    ExecStop=/usr/local/sbin/\(name).sh down

    [Install]
    WantedBy=multi-user.target

    """
  }
}

/// Commands that more than one form needs.
enum TunnelCommands {
  /// How ip(8) names it, by the family of the outer header.
  static func checksum(_ end: ExportedEnd) -> String {
    let isOn = end.path.overlay?.udpChecksum ?? false
    switch end.member.underlay.family {
    case .v4: return isOn ? "udpcsum" : "noudpcsum"
    case .v6:
      return isOn
        ? "noudp6zerocsumtx noudp6zerocsumrx" : "udp6zerocsumtx udp6zerocsumrx"
    }
  }

  /// Reception is keyed on the outer source: it must be the address that the peer knows.
  static func route(_ end: ExportedEnd, to peer: ExportedEnd.Peer) -> String {
    let way = peer.gateway.map { "via \($0) " } ?? ""
    let scope = peer.gateway == nil ? " scope link" : ""
    return
      "ip route replace \(peer.endpoint) \(way)dev \"$UNDERLAY\" src \(end.member.underlay)\(scope)"
  }

  static func device(_ end: ExportedEnd, to peer: ExportedEnd.Peer) -> [String] {
    guard let settings = end.path.overlay else { return [] }
    let device = end.tunnel(to: peer)
    let mac = end.member.mac.behind(port: UInt16(peer.number + 1))
    return [
      "ip link add name \(device) address \(mac) mtu \(end.path.mtu) master \(end.interface) type geneve \\",
      "  id \(settings.vni) remote \(peer.endpoint) dstport \(settings.port) \(checksum(end))",
      "bridge link set dev \(device) isolated on learning off flood on",
      "ip link set dev \(device) up",
    ]
  }

  static func entry(_ end: ExportedEnd, for peer: ExportedEnd.Peer) -> String {
    "bridge fdb replace \(peer.mac) dev \(end.tunnel(to: peer)) master static"
  }

  static func undo(_ end: ExportedEnd) -> [String] {
    end.peers.flatMap { peer in
      [
        "ip link delete dev \(end.tunnel(to: peer)) 2>/dev/null || true",
        "ip route delete \(peer.endpoint) src \(end.member.underlay) 2>/dev/null || true",
      ]
    }
  }
}
