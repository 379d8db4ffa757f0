import CLinux
import Glibc

/// A packet socket on one interface: sees the incoming frames that its filter lets through, each
/// with the kernel's timestamp, and sends whole frames.
package final class PacketSocket {
  private let descriptor: Descriptor
  private let index: Int32

  /// Opens the socket in the namespace of the calling thread. The filter is in place before the
  /// socket is bound, so nothing else ever waits in it.
  package init(interface index: Int32, filter: CaptureFilter) throws(KernelError) {
    self.index = index
    descriptor = try .socket(AF_PACKET, .raw, protocol: 0, purpose: "open a packet socket")
    var program = filter.program
    try checked(
      clinux_attach_filter(descriptor.rawValue, &program, Int32(program.count)),
      "attach a capture filter")
    try descriptor.setOption(SOL_SOCKET, SO_TIMESTAMPNS)
    try descriptor.setOption(SOL_PACKET, PACKET_IGNORE_OUTGOING)
    try checked(
      clinux_bind_packet(descriptor.rawValue, index), "bind a packet socket to interface \(index)")
  }

  package var descriptorNumber: Int32 { descriptor.rawValue }

  /// Sends an Ethernet frame.
  package func send(_ frame: [UInt8]) throws(KernelError) {
    try checked(
      clinux_send_frame(descriptor.rawValue, index, frame, Int32(frame.count)), "send a frame")
  }
}
