import Packets

extension Observation {
  /// When it happened.
  var at: Timestamp {
    switch self {
    case .claimed(let instant, _), .released(let instant), .refused(_, let instant, _),
      .announced(let instant), .foreignClaim(let instant), .foreignRelease(let instant),
      .announcementSeen(_, let instant, _), .identified(_, _, let instant), .linkDown(let instant),
      .pinged(_, let instant),
      .blurred(let instant, _), .remarked(let instant, _, _), .contested(let instant, _, _),
      .foreign(let instant, _), .upTo(let instant), .duplicated(_, let instant, _):
      instant
    case .neighbour(let entry): entry.at
    case .fault(_, let since, _): since
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
}
