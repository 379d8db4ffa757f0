package import LinuxNet
import Packets
import TopologyModel

/// What a node probes by.
package enum ProbeSocket {
  /// Connected to the VIP.
  case stamp(UDPSocket)
  case echo(EchoSocket)
  case solicitation(SolicitationSender)
  case connections(ConnectionSender)

  var descriptor: Descriptor {
    switch self {
    case .stamp(let socket): socket.descriptor
    case .echo(let socket): socket.descriptor
    case .solicitation(let sender): sender.socket.descriptor
    case .connections(let sender): sender.descriptor
    }
  }
}

extension ProbeSocket {
  /// Of a node of a lab; opened in the namespace of the calling thread.
  init(_ settings: PathPort.Settings) throws(KernelError) {
    let (vip, interface) = (settings.vip, settings.interfaceName)
    let port = settings.probe.port ?? 0
    switch settings.probe.kind {
    case .stamp:
      self = .stamp(
        try .connected(from: settings.address, to: vip, port: port, interface: interface))
    case .icmp:
      let socket = try EchoSocket(family: vip.family)
      try socket.connect(to: vip, by: interface)
      self = .echo(socket)
    case .tcp, .http:
      let isAsking = settings.probe.kind == .http
      self = .connections(
        try ConnectionSender(
          to: vip, port: port, numberedAt: settings.address, in: .current(), by: interface,
          every: settings.probe.every,
          request: isAsking
            ? HTTPRequest(host: vip.family == .v6 ? "[\(vip)]" : "\(vip)", path: "/") : nil))
    }
  }
}

extension ProbeSettings {
  /// What a lab's probes and answers look like; no answers where they say whose they are, and where
  /// this program tells what it answered.
  package var frames: (probes: ProbeFrames, answers: ProbeFrames?) {
    let port = port ?? 0
    return switch kind {
    case .stamp: (.datagrams(from: nil, to: port), nil)
    case .icmp: (.echoRequests, .echoReplies)
    case .tcp, .http: (.openings(to: port), .handshakes(from: port))
    }
  }
}
