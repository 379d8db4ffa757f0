import Dispatch
import Foundation
import LinuxNet

/// What an agent reports.
final class HostOutput: Sendable {
  private let writer = LineWriter()

  /// Nobody may be reading any longer.
  private static let lastPatience = DispatchTimeInterval.seconds(1)

  /// By `stream` from the beginning on.
  init(_ stream: StreamEnd) throws(KernelError) {
    try writer.change(to: stream)
    writer.begin()
  }

  /// From now on by `stream`: what counts not before `resume`.
  func change(to stream: StreamEnd) throws(KernelError) { try writer.change(to: stream) }

  /// So many have come; those after them are said again.
  func resume(after taken: Int) { writer.resume(after: taken) }

  /// So many have come.
  func confirm(_ taken: Int) { writer.confirm(taken) }

  /// Whether the line is slower than what is to be said, and for so long that memory would run out.
  var isOverfull: Bool { writer.isOverfull }

  func write(_ report: HostReport) { add(report, nil) }

  /// The same, and waits until it is written, for no longer than a moment.
  func writeLast(_ report: HostReport) {
    let isWritten = DispatchSemaphore(value: 0)
    add(report, isWritten)
    _ = isWritten.wait(timeout: .now() + HostOutput.lastPatience)
  }

  private func add(_ report: HostReport, _ isWritten: DispatchSemaphore?) {
    guard let line = try? JSONEncoder().encode(report) else { return }
    writer.write(
      Array(line) + [UInt8(ascii: "\n")], counts: report.counts, isWritten: isWritten)
  }
}
