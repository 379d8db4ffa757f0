import Glibc
import Packets

extension Timestamp {
  /// The local time of day with milliseconds.
  var clock: String {
    var seconds = time_t(nanoseconds / 1_000_000_000)
    var parts = tm()
    localtime_r(&seconds, &parts)
    let milliseconds = nanoseconds % 1_000_000_000 / 1_000_000
    let fields = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0), to: 2) }
    return fields.joined(separator: ":") + "." + padded(Int(milliseconds), to: 3)
  }

  private func padded(_ number: Int, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
