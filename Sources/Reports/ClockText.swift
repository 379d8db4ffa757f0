import Glibc
import Packets

extension Timestamp {
  /// The local time of day with milliseconds.
  var clock: String {
    let parts = local
    let milliseconds = nanoseconds % 1_000_000_000 / 1_000_000
    let fields = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0), to: 2) }
    return fields.joined(separator: ":") + "." + padded(Int(milliseconds), to: 3)
  }

  /// The local day and minute: `2026-11-21 16:05`.
  var date: String {
    let parts = local
    let day = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
    return day.map { padded($0, to: 2) }.joined(separator: "-") + " "
      + [parts.tm_hour, parts.tm_min].map { padded(Int($0), to: 2) }.joined(separator: ":")
  }

  /// As `date --iso-8601=ns` prints it: `2022-01-17T11:20:16,613700879+00:00`.
  var dayAndTime: String { "\(precise.prefix { $0 != "T" }) \(clock)" }

  var precise: String {
    let parts = local
    let day = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
      .map { padded($0, to: 2) }.joined(separator: "-")
    let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0), to: 2) }
      .joined(separator: ":")
    let (east, minutes) = (parts.tm_gmtoff >= 0, abs(parts.tm_gmtoff) / 60)
    let zone = "\(padded(minutes / 60, to: 2)):\(padded(minutes % 60, to: 2))"
    let fraction = padded(Int(nanoseconds % 1_000_000_000), to: 9)
    return "\(day)T\(time),\(fraction)\(east ? "+" : "-")\(zone)"
  }

  private var local: tm {
    var seconds = time_t(nanoseconds / 1_000_000_000)
    var parts = tm()
    localtime_r(&seconds, &parts)
    return parts
  }

  private func padded(_ number: Int, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
