package import LinuxNet

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
