package import Packets

/// What a neighbour entry that named the old holder made of the new holder's first announcement.
package struct AnnouncementResponse: Codable, Hashable, Sendable {
  /// How long the entry had stood as it was.
  package var entryAge: TimeSpan
  /// Whether it named the new holder at once.
  package var isHeeded: Bool

  package init(entryAge: TimeSpan, isHeeded: Bool) {
    self.entryAge = entryAge
    self.isHeeded = isHeeded
  }

  private enum CodingKeys: String, CodingKey {
    case entryAge = "entry_age_ns"
    case isHeeded = "heeded"
  }
}

extension ProberWindow {
  /// A kernel that heeds an announcement has changed its entry by then; the order in which the two are
  /// taken in is not theirs.
  private static let responseTime = TimeSpan.milliseconds(50)

  /// `nil` where no announcement was seen, or no entry stood that it could have changed.
  package func response(announcing new: MACAddress) -> AnnouncementResponse? {
    guard let seen = announcementSeen else { return nil }
    let patience = ProberWindow.responseTime
    let changed = entries.first {
      $0.mac == new && seen - patience < $0.at && $0.at < seen + patience
    }
    guard let before = entries.last(where: { $0.at < changed?.at ?? seen }), before.mac != nil,
      before.mac != new
    else { return nil }
    return AnnouncementResponse(
      entryAge: max(.zero, seen - before.at), isHeeded: changed != nil)
  }
}
