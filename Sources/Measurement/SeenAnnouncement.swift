import Packets

/// An announcement of the watched address, as it came in.
struct SeenAnnouncement: Hashable, Sendable {
  var mac: MACAddress
  var at: Timestamp
  var form: AnnouncementForm?
}

/// The announcements by one MAC address in one form.
struct AnnouncementSeries: Hashable, Sendable {
  let mac: MACAddress
  let form: AnnouncementForm?
  let first: Timestamp
  private(set) var last: Timestamp
  private(set) var count = 1
  /// The shortest and the longest pause between two.
  private var pauses: ClosedRange<TimeSpan>?

  /// Who announces from more than so many addresses tells nothing.
  private static let most = 64

  /// In the order in which each began.
  static func all(_ seen: [SeenAnnouncement]) -> [AnnouncementSeries] {
    var series: [AnnouncementSeries] = []
    for announcement in seen {
      if let index = series.firstIndex(where: {
        $0.mac == announcement.mac && $0.form == announcement.form
      }) {
        series[index].add(announcement.at)
      } else if series.count < AnnouncementSeries.most {
        series.append(
          AnnouncementSeries(
            mac: announcement.mac, form: announcement.form, first: announcement.at,
            last: announcement.at))
      }
    }
    return series
  }

  private mutating func add(_ instant: Timestamp) {
    let pause = instant - last
    pauses = pauses.map { min($0.lowerBound, pause)...max($0.upperBound, pause) } ?? pause...pause
    last = instant
    count += 1
  }

  private init(mac: MACAddress, form: AnnouncementForm?, first: Timestamp, last: Timestamp) {
    self.mac = mac
    self.form = form
    self.first = first
    self.last = last
  }

  /// `announced at 02:…:01 (request), first 3200.4 ms after the loss began, 5 times, every 1000.0 ms`.
  func words(of vip: IPAddress, since begin: Timestamp) -> String {
    let name = form.map { " (\($0.name(in: vip.family)))" } ?? ""
    let after = first - begin
    let when =
      after < .zero
      ? "\((.zero - after).inMilliseconds) before" : "\(after.inMilliseconds) after"
    let once = "announced at \(mac)\(name), \(when) the first probe that was lost or answered anew"
    guard count > 1 else { return once }
    // Bursts have no pace.
    let isPaced = pauses.map { 2 * $0.upperBound <= 3 * $0.lowerBound } ?? false
    let apart = (last - first) / Int64(count - 1)
    let pace =
      isPaced && apart >= .milliseconds(1)
      ? "every \(apart.inMilliseconds)" : "within \((last - first).inMilliseconds)"
    return "\(once), \(count) times, \(pace)"
  }
}
