package import Packets
package import TopologyModel

/// The nodes' clocks and the controller's, with a bound on how far each is known. A node that nothing
/// was recorded of shares the controller's clock, as in a lab on one machine.
///
/// The lines to the nodes may be slow, and what passes between the nodes themselves tells more of
/// their clocks: by it they are compared with that of one of them, the anchor, and by the anchor's line
/// all of them with the controller's. Of a figure of two nodes the anchor's own doubt is no part.
///
/// A clock that is in use is followed as clocks are disciplined, by slewing: time as it is told here
/// runs neither backwards nor, but where the node's own clock was set or it is compared with the
/// anchor's for the first time, by leaps, or an outage that the correction falls into would be as much
/// longer or shorter.
package struct ClockMap: Sendable {
  /// By exchanges with the controller.
  private var lines: [NodeID: ComparedClock] = [:]
  private var anchor: NodeID?
  /// By probes, with the anchor.
  private var kin: [NodeID: ComparedClock] = [:]
  /// By probes, of who answered with who asked.
  private var pairs: [Pair: ComparedClock] = [:]

  private struct Pair: Hashable {
    let prober: NodeID
    let responder: NodeID
  }

  package init() {}

  /// An exchange of the controller's with `node`.
  package mutating func record(_ node: NodeID, _ exchange: ClockExchange) {
    guard exchange.bound >= .zero else { return }
    lines[node, default: ComparedClock()].record(
      ComparedClock.Reading(
        at: exchange.answered, offset: exchange.offset, bound: exchange.bound))
  }

  /// An exchange of two nodes: a probe and its answer.
  mutating func record(_ prober: NodeID, with responder: NodeID, _ exchange: ClockExchange) {
    guard exchange.bound >= .zero, prober != responder, lines[prober] != nil,
      lines[responder] != nil
    else { return }
    let (offset, bound) = (exchange.offset, exchange.bound)
    let reading = ComparedClock.Reading(at: exchange.answered, offset: offset, bound: bound)
    pairs[Pair(prober: prober, responder: responder), default: ComparedClock()].record(reading)
    let anchor = anchor ?? better(prober, responder, at: exchange)
    self.anchor = anchor
    if prober == anchor { return compare(responder, reading) }
    guard responder == anchor || kin[responder] != nil else { return }
    let known = kin[responder]
    compare(
      prober,
      ComparedClock.Reading(
        at: exchange.returned,
        offset: (known?.offset(at: exchange.answered) ?? .zero) - offset,
        bound: (known?.bound(at: exchange.answered) ?? .zero) + bound))
  }

  /// The one of the two whose line tells more: all others' clocks are told by its.
  private func better(
    _ prober: NodeID, _ responder: NodeID, at exchange: ClockExchange
  ) -> NodeID {
    let bounds = (
      lines[prober]?.bound(at: exchange.returned) ?? .zero,
      lines[responder]?.bound(at: exchange.answered) ?? .zero
    )
    return bounds.0 < bounds.1 ? prober : responder
  }

  /// Takes a reading of a node's clock by the anchor's, if that is better than what the lines tell.
  private mutating func compare(_ node: NodeID, _ reading: ComparedClock.Reading) {
    guard let anchor else { return }
    let byLines = [node, anchor].map { lines[$0]?.bound(at: reading.at) ?? .zero }
    guard kin[node] != nil || reading.bound < byLines[0] + byLines[1] else { return }
    kin[node, default: ComparedClock()].record(reading)
    kin[node]?.isUsed = true
  }

  /// What comes of it from here on is by another clock.
  mutating func forget(_ node: NodeID) {
    lines[node] = nil
    kin[node] = nil
    pairs = pairs.filter { $0.key.prober != node && $0.key.responder != node }
    if node == anchor { (anchor, kin) = (nil, [:]) }
  }

  /// From here on the node's clock is not set, but slewed.
  package mutating func use(_ node: NodeID) { lines[node]?.isUsed = true }

  /// `instant` of `node`'s clock by the controller's.
  package func controllerTime(_ instant: Timestamp, of node: NodeID) -> Timestamp {
    guard let anchor, let clock = kin[node] else {
      return instant + (lines[node]?.offset(at: instant) ?? .zero)
    }
    let told = instant + clock.offset(at: instant)
    return told + (lines[anchor]?.offset(at: told) ?? .zero)
  }

  /// What is to be added to the node's instants, as its line last told.
  package func offset(of node: NodeID) -> TimeSpan { lines[node]?.target ?? .zero }

  /// By how much the node's clock is ahead of the controller's at that instant of it, as all is told.
  package func ahead(_ node: NodeID, at instant: Timestamp) -> TimeSpan {
    .zero - told(instant, by: node)
  }

  /// By how much its instants can be wrong by the controller's clock, at that instant of it.
  package func bound(of node: NodeID, at instant: Timestamp) -> TimeSpan {
    let own = self.instant(instant, of: node)
    guard let anchor, let clock = kin[node] else { return lines[node]?.bound(at: own) ?? .zero }
    return clock.bound(at: own)
      + (lines[anchor]?.bound(at: self.instant(instant, of: anchor)) ?? .zero)
  }

  /// By how much a span from an instant at the one to an instant at the other can be wrong.
  func bound(between one: NodeID, and other: NodeID, at instant: Timestamp) -> TimeSpan {
    let all = [one, other].map { node in
      isAnchored(one) && isAnchored(other)
        ? kin[node]?.bound(at: self.instant(instant, of: node)) ?? .zero
        : bound(of: node, at: instant)
    }
    let direct = [(one, other), (other, one)].compactMap { prober, responder in
      pairs[Pair(prober: prober, responder: responder)]?.error(
        of: told(instant, by: responder) - told(instant, by: prober),
        at: self.instant(instant, of: responder))
    }
    return ([all[0] + all[1]] + direct).min() ?? .zero
  }

  private func isAnchored(_ node: NodeID) -> Bool { node == anchor || kin[node] != nil }

  /// What a node's clock says at that instant of the controller's.
  private func instant(_ instant: Timestamp, of node: NodeID) -> Timestamp {
    instant - told(instant, by: node)
  }

  /// What is added to the node's instants around that one of the controller's.
  private func told(_ instant: Timestamp, by node: NodeID) -> TimeSpan {
    let near = instant - offset(of: node)
    return controllerTime(near, of: node) - near
  }
}
