import Measurement
import Packets

/// What is to be said of how probes fared.
struct Remark {
  /// When the first of them was sent.
  var at: Timestamp
  var what: String
  var times: Int

  /// Probes that lie farther apart may be of two transitions, and are told of apart.
  private static let reach = TimeSpan.milliseconds(50)

  /// Counts with what is said of those sent at about the same time.
  func add(to remarks: inout [Remark]) {
    let index = remarks.firstIndex { $0.what == what && at - $0.at < Remark.reach && $0.at <= at }
    if let index { remarks[index].times += times } else { remarks.append(self) }
  }
}
