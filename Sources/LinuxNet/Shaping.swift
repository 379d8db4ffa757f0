import CNetlink
package import Packets

/// Delay, jitter and loss of packets that leave by an interface (tc-netem(8)).
package struct NetemDiscipline: Sendable {
  package var delay: TimeSpan
  package var jitter: TimeSpan
  /// The share of packets lost at random, 0 to 1.
  package var loss: Double

  package init(delay: TimeSpan, jitter: TimeSpan, loss: Double) {
    self.delay = delay
    self.jitter = jitter
    self.loss = loss
  }
}

extension NetlinkBatch {
  /// `tc qdisc add dev INDEX root handle 1: netem delay DELAY JITTER loss LOSS`, or, when not the
  /// root, beneath the token bucket that is.
  package mutating func addNetem(
    _ netem: NetemDiscipline, to index: Int32, isRoot: Bool
  ) throws(KernelError) {
    let discipline = Discipline("netem", on: index, isRoot: isRoot)
    rtnl_netem_set_limit(discipline.raw, NetlinkBatch.queueLimit)
    rtnl_netem_set_delay(discipline.raw, Int32(netem.delay.nanoseconds / 1000))
    rtnl_netem_set_jitter(discipline.raw, Int32(netem.jitter.nanoseconds / 1000))
    rtnl_netem_set_loss(
      discipline.raw, Int32(bitPattern: UInt32(netem.loss * Double(UInt32.max))))
    try add(discipline, purpose: "tc qdisc add dev \(index) netem")
  }

  /// Packets that netem holds at most: 100 ms of full-size packets at 10 Gbit/s.
  private static let queueLimit: Int32 = 100_000

  /// `tc qdisc add dev INDEX root handle 1: tbf rate RATE burst BURST latency 50ms`.
  package mutating func addTokenBucket(
    bitsPerSecond rate: UInt64, mtu: Int, to index: Int32, isRoot: Bool
  ) throws(KernelError) {
    let discipline = Discipline("tbf", on: index, isRoot: isRoot)
    let bytesPerSecond = Int32(clamping: rate / 8)
    // What the rate lets through in 4 ms, a few packets at least.
    let burst = max(Int32(clamping: Int64(bytesPerSecond) / 250), Int32(10 * (mtu + 14)))
    rtnl_qdisc_tbf_set_rate(discipline.raw, bytesPerSecond, burst, 0)
    rtnl_qdisc_tbf_set_limit_by_latency(discipline.raw, 50_000)
    try add(discipline, purpose: "tc qdisc add dev \(index) tbf rate \(rate)bit")
  }

  /// `tc qdisc del dev INDEX root`.
  package mutating func removeDiscipline(of index: Int32) throws(KernelError) {
    let discipline = Discipline(nil, on: index, isRoot: true)
    var message: OpaquePointer?
    let code = rtnl_qdisc_build_delete_request(discipline.raw, &message)
    let purpose = "tc qdisc del dev \(index) root"
    append(try NetlinkMessage(message, code: code, purpose: purpose), purpose: purpose)
  }

  private mutating func add(_ discipline: borrowing Discipline, purpose: String) throws(KernelError)
  {
    var message: OpaquePointer?
    let code = rtnl_qdisc_build_add_request(
      discipline.raw, NLM_F_CREATE | NLM_F_EXCL, &message)
    append(try NetlinkMessage(message, code: code, purpose: purpose), purpose: purpose)
  }
}

/// A queueing-discipline object of libnl; frees itself.
private struct Discipline: ~Copyable {
  let raw: OpaquePointer

  init(_ kind: String?, on index: Int32, isRoot: Bool) {
    raw = rtnl_qdisc_alloc()
    rtnl_tc_set_ifindex(raw, index)
    rtnl_tc_set_parent(raw, isRoot ? UInt32(TC_H_ROOT) : Discipline.rootHandle | 1)
    rtnl_tc_set_handle(raw, isRoot ? Discipline.rootHandle : 2 << 16)
    if let kind { rtnl_tc_set_kind(raw, kind) }
  }

  /// `1:`.
  private static let rootHandle: UInt32 = 1 << 16

  deinit { rtnl_qdisc_put(raw) }
}
