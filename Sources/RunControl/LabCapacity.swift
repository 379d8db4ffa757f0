package import LinuxNet
import NamespaceLab
import NodeAgent
import Packets
import TopologyModel

/// What this kernel and this process have for a lab.
package struct LabCapacity: Sendable {
  /// How many descriptors this process may have open.
  package var descriptors: Int
  /// How many entries that come of traffic the neighbour table of each family takes, and from how many on it
  /// is swept of old ones.
  package var neighbours: Int
  package var neighboursUnswept: Int
  /// Bytes that are free.
  package var memory: Int

  package init(descriptors: Int, neighbours: Int, neighboursUnswept: Int, memory: Int) {
    self.descriptors = descriptors
    self.neighbours = neighbours
    self.neighboursUnswept = neighboursUnswept
    self.memory = memory
  }

  /// As it is now.
  package static func current() throws(KernelError) -> LabCapacity {
    let tables = try NetlinkSocket().neighbourTables()
    return LabCapacity(
      descriptors: OpenFileLimit.most, neighbours: tables.map(\.room).min() ?? .max,
      neighboursUnswept: tables.map(\.sweptFrom).min() ?? .max, memory: Machine.freeMemory)
  }

  /// Of the lab kernel, before it is started.
  package static var ofLabKernel: LabCapacity {
    LabCapacity(
      descriptors: LabKernel.mostDescriptors, neighbours: LabKernel.mostNeighbours,
      neighboursUnswept: LabKernel.mostNeighbours / 2,
      // The rest it takes itself.
      memory: LabKernel.memory / 4 * 3)
  }

  /// How many probes all processors together send and answer in a second on a native path: some just were,
  /// over the loopback of a namespace, which takes some milliseconds. In a lab each goes through a switch and
  /// a capture as well. `nil` where they were not answered at once.
  package static func probesPerSecond() throws(KernelError) -> Int? {
    let namespace = try Namespace()
    var start = NetlinkBatch()
    start.setLink(InterfaceIndex.loopback, up: true)
    try namespace.perform(start)
    let exchange = try namespace.run { () throws(KernelError) in try LoopbackExchange().shortest() }
    return exchange.map {
      Int((Double(Machine.processors) / ($0.seconds * costOfALabsOwn)).rounded())
    }
  }

  /// So much more than an exchange over the loopback a probe of a lab takes of the processors: of 16 to 64
  /// servers at 1,000 probes/s each 1.8 to 2.2.
  private static let costOfALabsOwn = 2.0
}

/// A prober and a reflector on one thread.
private struct LoopbackExchange: ~Copyable {
  private let sender: StampSender
  private let reflector: StampReflector
  private let packets: PacketBatch

  /// In the namespace of the calling thread.
  init() throws(KernelError) {
    let address = IPAddress("127.0.0.1")!
    let session = StampSession(run: 1)
    let port: UInt16 = 862
    let answering: UDPSocket = try .listening(at: address, port: port)
    let asking: UDPSocket = try .connected(from: address, to: address, port: port, interface: "lo")
    reflector = StampReflector(answering, session, node: NodeID(0))
    sender = StampSender(asking, session, node: NodeID(1))
    packets = PacketBatch(capacity: 1)
  }

  /// The mean of the quickest of some runs, which nothing else held up; `nil` where none was whole.
  func shortest() -> TimeSpan? {
    (0..<LoopbackExchange.runs).compactMap { _ in
      let begun = WallClock.monotonic
      let answers = (0..<LoopbackExchange.exchanges).reduce(0) { $0 + exchange(UInt32($1)) }
      let each = (WallClock.monotonic - begun) / LoopbackExchange.exchanges
      return answers == LoopbackExchange.exchanges && each > .zero ? each : nil
    }.min()
  }

  /// How many answers came.
  private func exchange(_ number: UInt32) -> Int64 {
    _ = sender.send(number, at: WallClock.now)
    let count = reflector.receive(into: packets)
    for index in 0..<count { reflector.answer(packets.packet(index)) }
    reflector.reply(with: packets, count: count)
    return Int64(sender.receive(into: packets))
  }

  private static let runs = 10
  private static let exchanges: Int64 = 100
}
