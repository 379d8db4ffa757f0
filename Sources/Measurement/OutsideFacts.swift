import Packets

/// What a host that only watches an address saw of an interruption, and what of its cause that
/// proves. What it cannot see is said, and not guessed.
struct OutsideFacts {
  var vip: IPAddress
  var view: OutsideView
  /// When the first probe of it was sent.
  var begin: Timestamp
  /// Who answered before; `new` afterwards, if anybody did.
  var old: Responder
  var new: Responder?
  var announcements: [SeenAnnouncement]
  /// Two that answered one probe.
  var contest: (String, String)?
  /// When this host's own link went down, if it did.
  var linkDown: Timestamp?
  var window: ProberWindow
  var interval: TimeSpan
  /// Whether what is lost on its way is sent again by the kernel, and answered later.
  var isSentAgain = false

  /// `nil` when there is nothing to explain.
  func finding() -> CauseFinding? {
    if let finding = duplicateHolder { return finding }
    let isWorthIt = loss >= max(CauseFacts.leastLoss, OutageFinder.fewest * interval)
    guard window.isStuck || new == nil || isWorthIt else { return nil }
    return ownLink ?? late ?? unseenBehindRouter ?? pinned ?? nobodyAnswered ?? ignored ?? unseen
  }

  private var loss: TimeSpan { window.lossOfConnectivity }

  /// When answers came again; the end of what was watched where they did not.
  private var recovered: Timestamp {
    window.firstReply ?? window.misses.last.map { $0.last + interval } ?? begin
  }

  /// Those of somebody else than who answered before, until answers came again. Whose MAC address is
  /// not known cannot be told from others.
  private var news: [SeenAnnouncement] {
    guard let before = old.mac else { return [] }
    return announcements.filter { $0.mac != before && begin <= $0.at && $0.at <= recovered }
  }

  /// The entry as it was at `instant`.
  private func entry(at instant: Timestamp) -> NeighbourView? {
    window.entries.last { $0.at <= instant }
  }
}

/// What is proved.
extension OutsideFacts {
  /// Two that answered one probe; or announcements by one, the other and the one again: a move and its
  /// return has no third.
  private var duplicateHolder: CauseFinding? {
    if let (one, other) = contest {
      return CauseFinding(
        .duplicateHolder, "one probe was answered by \(one) and by \(other): both hold \(vip)")
    }
    guard view.gateway == nil, let before = old.mac,
      let second = announcements.first(where: { $0.mac != before && begin <= $0.at }),
      let again = announcements.first(where: { $0.mac == before && $0.at > second.at }),
      announcements.contains(where: { $0.mac == second.mac && $0.at > again.at })
    else { return nil }
    return CauseFinding(
      .duplicateHolder,
      "\(again.mac) announced \(vip) \((again.at - second.at).inMilliseconds) after \(second.mac) "
        + "had: both hold it")
  }

  private var ownLink: CauseFinding? {
    guard let linkDown, linkDown <= recovered else { return nil }
    let after = max(.zero, linkDown - begin)
    return CauseFinding(
      .unexplained,
      "this host's own link went down, \(after.inMilliseconds) after the first lost probe")
  }

  private var late: CauseFinding? {
    guard !isSentAgain, 2 * window.lostLate > window.lost else { return nil }
    return CauseFinding(
      .unexplained,
      "\(window.lostLate) of \(window.lost) probes were answered, but later than counts as served: "
        + "where they waited is not visible from here")
  }

  private var pinned: CauseFinding? {
    let midst = begin + (recovered - begin) / 2
    guard let entry = entry(at: midst), entry.isPinned, let mac = entry.mac,
      let holder = new?.mac ?? news.first?.mac, holder != mac
    else { return nil }
    return CauseFinding(
      .staleNeighbour,
      "this host's entry for \(vip) names \(mac) and is pinned: no announcement changes it")
  }

  /// This host's kernel asked who has the address, and got no answer.
  private var nobodyAnswered: CauseFinding? {
    let asked = window.entries.first {
      begin <= $0.at && $0.mac == nil && [.incomplete, .failed].contains($0.state)
    }
    guard let asked else { return nil }
    let known = window.entries.first { $0.at > asked.at && $0.mac != nil }?.at
    let until = min(known ?? recovered, recovered)
    guard asked.at < until, 2 * (until - asked.at) >= loss else { return nil }
    return CauseFinding(
      .noHolder,
      "from \((asked.at - begin).inMilliseconds) after the first lost probe on this host asked who "
        + "has \(vip), and nobody answered for \((until - asked.at).inMilliseconds)")
  }

  private var ignored: CauseFinding? {
    guard let first = news.first, recovered - first.at > CauseFacts.longestResponse,
      let stale = entry(at: first.at + CauseFacts.longestResponse)?.mac, stale != first.mac
    else { return nil }
    let form = first.form.map { " (\($0.name(in: vip.family)))" } ?? ""
    return CauseFinding(
      .announcementIgnored,
      "this host's entry for \(vip) went on naming \(stale) although \(first.mac)'s announcement"
        + "\(form) came \((first.at - begin).inMilliseconds) after the first lost probe: this "
        + "host's kernel did not heed it")
  }
}

/// What is not visible from here.
extension OutsideFacts {
  private func unseen(_ text: String) -> CauseFinding {
    CauseFinding(.unexplained, "not visible from here: \(text)")
  }

  private var unseenBehindRouter: CauseFinding? {
    view.gateway.map {
      unseen(
        "\(vip) is reached by the router \($0), and only its neighbour table knows where it sent "
          + "the probes")
    }
  }

  private var unseen: CauseFinding {
    guard let new else {
      return unseen("who holds \(vip), if anybody: nobody has answered since")
    }
    if let first = news.first { return unseen(afterAnnouncement: first) }
    if old == new {
      return unseen(
        "why \(old) was silent, or could not be reached: it answered before and after, and "
          + (view.seesFrames
            ? "nobody else announced \(vip)"
            : "no announcement is seen without "
              + "the right to capture"))
    }
    guard view.seesFrames else {
      return unseen(
        "announcements, without the right to capture frames; this host's entry for \(vip) "
          + "named \(staleName) until answers came from \(new)")
    }
    return unseen(
      "whether \(new) announced \(vip): no announcement came here before its first answer, so none "
        + "was sent, or the network did not deliver it; this host's entry named \(staleName)")
  }

  /// Whom the entry named in the midst of the loss.
  private var staleName: String {
    entry(at: begin + (recovered - begin) / 2)?.mac.map { "\($0)" } ?? "nobody"
  }

  /// The first word of somebody else either ended it at once, or ended nothing though heeded.
  private func unseen(afterAnnouncement first: SeenAnnouncement) -> CauseFinding {
    let after = (first.at - begin).inMilliseconds
    let wait = recovered - first.at
    guard wait > max(CauseFacts.longestResponse, 2 * interval) else {
      return unseen(
        "where \(vip) was for the \(after) until \(first.mac) announced it: at nobody, or there "
          + "already; answers came within \(max(.zero, wait).inMilliseconds) of the announcement, "
          + "so the wait was for that, and not for this host")
    }
    return unseen(
      "why nobody answered for \(wait.inMilliseconds) after \(first.mac)'s announcement, which "
        + "this host heeded: the switch still delivered to the old port, or the new holder did "
        + "not answer")
  }
}
