import Measurement
import NodeAgent
import Packets
import Records

/// Measures latency from one host to another: the one is asked to answer, the other to send.
struct HostMeter: LatencyMeter {
  private let seat: HostSeat
  private let sender: HostChannel
  private let reflector: HostChannel
  private let address: IPAddress
  private let session = StampSession.authenticated()

  var hasOneClock: Bool { false }

  /// STAMP's (RFC 8762, section 4.1), so that one firewall rule is enough.
  static let port: UInt16 = 862
  private static let slack = TimeSpan.seconds(10)
  /// Of packets that may not be fragmented, each sent three times at most.
  private static let mostAttempts = 64

  init(_ path: String, from sender: HostChannel, to reflector: HostChannel, address: IPAddress) {
    seat = .path(name: path)
    self.sender = sender
    self.reflector = reflector
    self.address = address
  }

  func measureLatency(
    every interval: TimeSpan, samples: Int, warmUp: TimeSpan
  ) throws(HostFailure) -> LatencyRecorder? {
    let limit = samples * interval + warmUp + HostMeter.slack
    let answer = try ask(within: limit) {
      .latency(
        seat: seat, peer: $0, session: session, interval: interval, samples: samples, warmUp: warmUp
      )
    }
    guard case .latency(let recorder) = answer, recorder?.isPlausible(of: samples) ?? true else {
      throw sender.failure("what it says of its probes cannot be")
    }
    return recorder
  }

  func pathMTU(largest: Int, delay: TimeSpan) -> Int? {
    let answer = try? ask(
      within: HostMeter.mostAttempts * (.milliseconds(200) + delay) + HostMeter.slack
    ) {
      .pathMTU(seat: seat, peer: $0, session: session, largest: largest, delay: delay)
    }
    guard case .pathMTU(let size) = answer else { return nil }
    return size
  }

  /// What the one host finds of the other; nothing where either was lost meanwhile.
  private func ask(
    within limit: TimeSpan, _ question: (HostPeer) -> HostQuestion
  ) throws(HostFailure) -> HostAnswer {
    let losses = reflector.losses
    guard
      case .port(let port) = try reflector.answer(
        to: .reflect(seat: seat, session: session, port: HostMeter.port, isNeeded: false))
    else { throw reflector.failure("it did not say where it reflects") }
    let answer = Result { () throws(HostFailure) in
      try sender.answer(to: question(HostPeer(address: address, port: port)), within: limit)
    }
    let isStill = Result { () throws(HostFailure) in try reflector.answer(to: .still(seat: seat)) }
    let found = try answer.get()
    _ = try isStill.get()
    guard reflector.losses == losses else {
      throw reflector.failure("it was lost while its answers were waited for")
    }
    return found
  }
}

/// One run of iperf3 after another between two hosts.
struct HostTransfer: Transfer {
  let tool: String
  let path: String
  let client: HostChannel
  let server: HostChannel
  let address: IPAddress
  let load: IperfClient.Load

  func run(_ mode: IperfClient.Mode) throws -> TransferResult {
    guard case .port(let port) = try server.answer(to: .serve(path: path)) else {
      throw IperfFailure(description: "\(server.node) did not say where it serves")
    }
    defer { _ = try? server.answer(to: .still(seat: .path(name: path))) }
    let peer = HostPeer(address: address, port: port)
    let answer = try client.answer(
      to: .transfer(path: path, peer: peer, load: load, mode: mode),
      within: load.limit + .seconds(5))
    guard case .transferred(let result) = answer else {
      throw IperfFailure(description: "\(client.node) gave no result")
    }
    return result
  }
}
