import CLinux
import Glibc
package import Packets

/// A packet socket on one interface: sees the incoming frames that its filter lets through, each
/// with the kernel's timestamp, and sends whole frames.
package final class PacketSocket {
  package let descriptor: Descriptor
  private let index: Int32

  /// Opens the socket in the namespace of the calling thread. The filter is in place before the
  /// socket is bound, so nothing else ever waits in it. What other programs of this machine announce is
  /// seen where answers are, or where `hearsOwnMachine`.
  package convenience init(
    interface index: Int32, filter: CaptureFilter, hearsOwnMachine: Bool = false
  ) throws(KernelError) {
    try self.init(interface: index, program: filter.program)
    guard filter.answers == nil, !hearsOwnMachine else { return }
    try descriptor.setOption(SOL_PACKET, PACKET_IGNORE_OUTGOING)
  }

  /// A socket that only sends.
  package static func sending(interface index: Int32) throws(KernelError) -> PacketSocket {
    try PacketSocket(interface: index, program: CaptureFilter.nothing)
  }

  /// A socket that sees what goes out, too: ARP, ICMP, VRRP, UDP and TCP from or to one of `ports`.
  package static func observing(
    interface index: Int32, ports: [UInt16]
  ) throws(KernelError) -> PacketSocket {
    try PacketSocket(interface: index, program: CaptureFilter.observation(of: ports))
  }

  /// A socket that sees what `vip` answers to probes, and its announcements.
  package static func watching(
    _ vip: IPAddress, interface index: Int32, answers: ProbeFrames
  ) throws(KernelError) -> PacketSocket {
    let socket = try PacketSocket(interface: index, program: CaptureFilter.watching(vip, answers))
    try socket.descriptor.setOption(SOL_PACKET, PACKET_IGNORE_OUTGOING)
    return socket
  }

  /// A socket that sees what goes to `vip` and comes from it, and what is said of who has it: ARP and
  /// ICMPv6.
  package static func recording(
    _ vip: IPAddress, interface index: Int32
  ) throws(KernelError) -> PacketSocket {
    try PacketSocket(interface: index, program: CaptureFilter.conversation(with: vip))
  }

  private init(interface index: Int32, program: [sock_filter]) throws(KernelError) {
    self.index = index
    descriptor = try .socket(AF_PACKET, .raw, protocol: 0, purpose: "open a packet socket")
    var program = program
    try checked(
      clinux_attach_filter(descriptor.rawValue, &program, Int32(program.count)),
      "attach a capture filter")
    try descriptor.setOption(SOL_SOCKET, SO_TIMESTAMPNS)
    descriptor.widenBuffers()
    try checked(
      clinux_bind_packet(descriptor.rawValue, index), "bind a packet socket to interface \(index)")
  }

  /// Sends an Ethernet frame.
  package func send(_ frame: [UInt8]) throws(KernelError) {
    try checked(
      clinux_send_frame(descriptor.rawValue, index, frame, Int32(frame.count)), "send a frame")
  }

  /// The same, and what the kernel made of it.
  package func trySend(_ frame: [UInt8]) -> SendOutcome {
    let code = clinux_send_frame(descriptor.rawValue, index, frame, Int32(frame.count))
    return code >= 0 ? .taken : SendOutcome(refusal: -code)
  }
}
