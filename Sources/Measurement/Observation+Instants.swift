import Packets

extension Observation {
  /// When it happened.
  var at: Timestamp {
    switch self {
    case .claimed(let instant, _), .released(let instant), .refused(_, let instant, _),
      .announced(let instant), .foreignClaim(let instant), .foreignRelease(let instant),
      .announcementSeen(_, let instant, _), .identified(_, _, let instant), .linkDown(let instant),
      .pinged(_, let instant), .broken(_, let instant, _), .mended(_, let instant, _),
      .daemonEnded(let instant, _),
      .blurred(let instant, _), .remarked(let instant, _, _), .contested(let instant, _, _),
      .foreign(let instant, _), .upTo(let instant), .duplicated(_, let instant, _):
      instant
    case .neighbour(let entry): entry.at
    case .fault(_, let since, _): since
    case .clocked(_, let exchange): exchange.returned
    case .fates(let run): run.first
    case .arrivals(let run): run.first
    case .reflected: Timestamp(nanoseconds: 0)
    }
  }

  /// When it was over.
  var until: Timestamp {
    if case .fault(_, _, let instant) = self { return instant }
    return at
  }

  /// The same with other instants.
  func mapInstants(_ map: (Timestamp) -> Timestamp) -> Observation {
    switch self {
    case .fates(var run):
      (run.first, run.last) = (map(run.first), map(run.last))
      run.answered = run.answered.map(map)
      return .fates(run: run)
    case .arrivals(var run):
      (run.first, run.last) = (map(run.first), map(run.last))
      return .arrivals(run: run)
    case .reflected: return self
    case .duplicated(let stream, let sent, let count):
      return .duplicated(stream: stream, sent: map(sent), count: count)
    // The schedule's instant is a name that all nodes have for the turn.
    case .claimed(let at, let due): return .claimed(at: map(at), due: due)
    case .released(let at): return .released(at: map(at))
    case .refused(let deed, let at, let reason):
      return .refused(deed: deed, at: map(at), reason: reason)
    case .announced(let at): return .announced(at: map(at))
    case .foreignClaim(let at): return .foreignClaim(at: map(at))
    case .foreignRelease(let at): return .foreignRelease(at: map(at))
    case .announcementSeen(let mac, let at, let form):
      return .announcementSeen(of: mac, at: map(at), form: form)
    case .identified(let responder, let identity, let at):
      return .identified(responder: responder, as: identity, at: map(at))
    case .neighbour(var entry):
      entry.at = map(entry.at)
      return .neighbour(entry: entry)
    case .linkDown(let at): return .linkDown(at: map(at))
    case .broken(let fault, let at, let due): return .broken(fault, at: map(at), due: due)
    case .mended(let fault, let at, let due): return .mended(fault, at: map(at), due: due)
    case .daemonEnded(let at, let words): return .daemonEnded(at: map(at), words: words)
    case .pinged(let server, let at): return .pinged(server: server, at: map(at))
    case .fault(let fault, let since, let at):
      return .fault(fault, since: map(since), at: map(at))
    case .blurred(let at, let reason): return .blurred(at: map(at), reason: reason)
    // By the clocks themselves.
    case .clocked: return self
    case .foreign(let at, let packets): return .foreign(at: map(at), packets: packets)
    case .remarked(let at, let what, let times):
      return .remarked(at: map(at), what: what, times: times)
    case .contested(let at, let one, let other):
      return .contested(at: map(at), by: one, and: other)
    case .upTo(let at): return .upTo(at: map(at))
    }
  }
}
