import Packets
import TopologyModel

/// A path as systemd-networkd has it (systemd.netdev(5), systemd.network(5)).
struct NetworkdExport {
  private let end: ExportedEnd

  init(_ end: ExportedEnd) { self.end = end }

  /// What networkd takes of one network's [BridgeFDB] sections (systemd 252).
  private static let mostEntries = 1_024

  private var settings: OverlaySettings? { end.path.overlay }
  private var prefix: String { "50-\(end.path.name)" }

  var files: [ExportedFile] {
    end.path.kind == .geneve ? geneveFiles : [device, network]
  }

  private var isChecked: String { settings?.udpChecksum ?? false ? "yes" : "no" }

  private func checksum(_ family: IPFamily) -> String {
    switch family {
    case .v4: "UDPChecksum=\(isChecked)"
    case .v6:
      settings?.udpChecksum ?? false
        ? "UDP6ZeroChecksumTx=no\nUDP6ZeroChecksumRx=no"
        : "UDP6ZeroChecksumTx=yes\nUDP6ZeroChecksumRx=yes"
    }
  }

  private var device: ExportedFile {
    var notes = [
      end.title, "",
      "Not expressed: the interface below. The device finds it by its route (Independent=yes); a",
      "`VXLAN=\(end.path.name)` in the [Network] of that interface, without Independent=, ties them.",
      "",
    ]
    notes += end.leftOut
    return ExportedFile(
      name: "\(prefix).netdev",
      text: ExportedEnd.comment(notes) + """
        [NetDev]
        Name=\(end.interface)
        Kind=vxlan
        MACAddress=\(end.member.mac)
        MTUBytes=\(end.path.mtu)

        [VXLAN]
        VNI=\(settings?.vni ?? 0)
        Local=\(end.member.underlay)
        DestinationPort=\(settings?.port ?? 0)
        MacLearning=no
        \(checksum(end.member.underlay.family))
        Independent=yes

        """)
  }

  private var network: ExportedFile {
    var notes = [end.title]
    if 2 * end.peers.count > NetworkdExport.mostEntries {
      notes += [
        "",
        "\(2 * end.peers.count) entries: networkd takes \(NetworkdExport.mostEntries) of a "
          + "network. Use --as script.",
      ]
    }
    let entries = end.peers.flatMap { peer in
      [
        "[BridgeFDB]\n# \(peer.name)\nMACAddress=\(MACAddress.zero)\nDestination=\(peer.endpoint)\n",
        "[BridgeFDB]\nMACAddress=\(peer.mac)\nDestination=\(peer.endpoint)\n",
      ]
    }
    return ExportedFile(
      name: "\(prefix).network",
      text: ExportedEnd.comment(notes) + """
        [Match]
        Name=\(end.interface)

        [Network]
        Address=\(end.address)
        ConfigureWithoutCarrier=yes


        """ + entries.joined(separator: "\n"))
  }
}

/// Over GENEVE, which networkd can express in part.
extension NetworkdExport {
  private var geneveFiles: [ExportedFile] {
    [bridgeDevice, bridgeNetwork]
      + end.peers.flatMap { [tunnelDevice(to: $0), tunnelNetwork(to: $0)] } + remainder
  }

  private var bridgeDevice: ExportedFile {
    let notes =
      [
        end.title, "",
        "Not expressed: static entries of the bridge (networkd makes every entry a permanent, that is",
        "local one: systemd issue 37776), and the source address that each tunnel's packets leave from.",
        "vipjuggler-\(end.path.name)-rest.sh adds both; its unit runs it after networkd.", "",
      ] + end.leftOut
    return ExportedFile(
      name: "\(prefix).netdev",
      text: ExportedEnd.comment(notes) + """
        [NetDev]
        Name=\(end.interface)
        Kind=bridge
        MACAddress=\(end.member.mac)
        MTUBytes=\(end.path.mtu)

        [Bridge]
        STP=no

        """)
  }

  private var bridgeNetwork: ExportedFile {
    ExportedFile(
      name: "\(prefix).network",
      text: ExportedEnd.comment([end.title]) + """
        [Match]
        Name=\(end.interface)

        [Network]
        Address=\(end.address)
        ConfigureWithoutCarrier=yes

        """)
  }

  private func tunnelDevice(to peer: ExportedEnd.Peer) -> ExportedFile {
    ExportedFile(
      name: "\(prefix)-\(peer.name).netdev",
      text: ExportedEnd.comment(["\(end.path.name): the tunnel to \(peer.name)"]) + """
        [NetDev]
        Name=\(end.tunnel(to: peer))
        Kind=geneve
        MACAddress=\(end.member.mac.behind(port: UInt16(peer.number + 1)))
        MTUBytes=\(end.path.mtu)

        [GENEVE]
        Id=\(settings?.vni ?? 0)
        Remote=\(peer.endpoint)
        DestinationPort=\(settings?.port ?? 0)
        \(checksum(peer.endpoint.family))

        """)
  }

  private func tunnelNetwork(to peer: ExportedEnd.Peer) -> ExportedFile {
    ExportedFile(
      name: "\(prefix)-\(peer.name).network",
      text: ExportedEnd.comment(["\(end.path.name): the tunnel to \(peer.name)"]) + """
        [Match]
        Name=\(end.tunnel(to: peer))

        [Network]
        Bridge=\(end.interface)
        LinkLocalAddressing=no

        [Bridge]
        Isolated=yes
        Learning=no
        UnicastFlood=yes

        """)
  }

  /// What networkd cannot express.
  private var remainder: [ExportedFile] {
    let name = "vipjuggler-\(end.path.name)-rest"
    let commands = end.peers.flatMap { peer in
      ["# \(peer.name)", TunnelCommands.route(end, to: peer), TunnelCommands.entry(end, for: peer)]
    }
    let script =
      "#!/bin/sh\n"
      + ExportedEnd.comment([
        "\(end.path.name) of \(end.topology) at \(end.node): what systemd-networkd cannot express",
        "UNDERLAY is the interface that has \(end.member.underlay).",
      ]) + "set -eu\nUNDERLAY=${UNDERLAY:-\(end.underlay)}\n"
      + commands.joined(separator: "\n") + "\n"
    let unit = """
      # Install the script as /usr/local/sbin/\(name).sh.
      [Unit]
      Description=What systemd-networkd cannot express of \(end.path.name)
      Wants=systemd-networkd-wait-online.service
      After=systemd-networkd-wait-online.service

      [Service]
      Type=oneshot
      RemainAfterExit=yes
      ExecStart=/usr/local/sbin/\(name).sh

      [Install]
      WantedBy=multi-user.target

      """
    return [
      ExportedFile(name: "\(name).sh", text: script, isExecutable: true),
      ExportedFile(name: "\(name).service", text: unit),
    ]
  }
}
