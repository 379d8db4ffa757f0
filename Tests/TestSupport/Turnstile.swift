import Dispatch
import Glibc
package import Testing

/// Tests that measure time, start programs, or compute for long, take turns in whichever suite and module
/// they are: many labs on the same processors would hold each other up. Three run beside each other, one
/// where the machine has one processor, or something else to do; and one more whenever much of the
/// machine is idle, as most of them wait for most of their time.
package struct TakesTurns: SuiteTrait, TestTrait, TestScoping {
  package let isRecursive = true

  package func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    guard testCase != nil else { return try await function() }
    let share = test.traits.lazy.compactMap { $0 as? Share }.last ?? .third
    await Turnstile.shared.enter(share)
    defer { Task { await Turnstile.shared.leave(share) } }
    try await withTaskExecutorPreference(Threads.shared) { try await function() }
  }
}

/// How much of the machine one of those tests asks for, in twelfths, where it is not a third.
package struct Share: SuiteTrait, TestTrait, Comparable {
  package let isRecursive = true

  fileprivate static let whole = Share(twelfths: 12)
  fileprivate static let third = Share(twelfths: 4)
  fileprivate static let quarter = Share(twelfths: 3)

  fileprivate let twelfths: Int

  package static func < (left: Share, right: Share) -> Bool { left.twelfths < right.twelfths }
}

extension Trait where Self == TakesTurns {
  /// Takes turns with every other test that has it.
  package static var takesTurns: TakesTurns { TakesTurns() }
}

extension Trait where Self == Share {
  /// Asks for no figure: what is said, refused or left behind. Four run beside each other.
  package static var besideOthers: Share { .quarter }

  /// Asks for figures that another lab on the same processors would spoil.
  package static var alone: Share { .whole }
}

/// Lets those in first that leave room for others, so that those that are alone come last; else in the
/// order of coming.
private actor Turnstile {
  static let shared = Turnstile()

  private var room = Share.whole.twelfths
  private var inside = 0
  private var queue: [(share: Share, entry: CheckedContinuation<Void, Never>)] = []
  private var isOpen = false

  func enter(_ share: Share) async {
    if !isOpen { open() }
    await withCheckedContinuation {
      let place = queue.firstIndex { $0.share > share } ?? queue.endIndex
      queue.insert((share, $0), at: place)
      admit()
    }
  }

  func leave(_ share: Share) {
    room += share.twelfths
    inside -= 1
    admit()
  }

  private func open() {
    isOpen = true
    guard sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1 else {
      room /= 2
      return
    }
    let before = ProcessorTime.now
    _ = poll(nil, 0, 500)
    let ofOthers = ProcessorTime.now.ofOthers(since: before)
    if ofOthers > 0.2 { room /= 2 }
    Task { await admit(whereIdle: 0.6 * (1 - ofOthers)) }
  }

  private func admit() {
    while let next = queue.first, inside == 0 || next.share.twelfths <= room { letIn() }
  }

  private func letIn() {
    let next = queue.removeFirst()
    room -= next.share.twelfths
    inside += 1
    next.entry.resume()
  }

  /// One at a time, as what it asks for shows in the next look; nobody beside one that is alone.
  private func admit(whereIdle share: Double) async {
    while true {
      let before = ProcessorTime.now
      try? await Task.sleep(for: .seconds(1))
      guard ProcessorTime.now.idle(since: before) > share, let next = queue.first,
        next.share < .whole, inside > 1 || room > 0,
        room - next.share.twelfths >= Turnstile.leastRoom
      else { continue }
      letIn()
    }
  }

  /// So much is taken at most that is not there.
  private static let leastRoom = -Share.third.twelfths
}

/// What all processors have done so far, in ticks (`/proc/stat`).
private struct ProcessorTime {
  let busy, idle, own: Int

  static var now: ProcessorTime {
    let file = fopen("/proc/stat", "r")
    defer { if let file { fclose(file) } }
    var line = [CChar](repeating: 0, count: 256)
    var (busy, idle) = (0, 0)
    if let file, fgets(&line, Int32(line.count), file) != nil {
      let text = line.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      let ticks = text.split(separator: " ").dropFirst().compactMap { Int($0) }
      // user, nice, system; idle, iowait.
      busy = ticks.prefix(3).reduce(0, +)
      idle = ticks.dropFirst(3).prefix(2).reduce(0, +)
    }
    var own = tms()
    times(&own)
    return ProcessorTime(busy: busy, idle: idle, own: Int(own.tms_utime + own.tms_stime))
  }

  /// The share of the time since then in which nothing was done.
  func idle(since start: ProcessorTime) -> Double {
    let (idle, busy) = (idle - start.idle, busy - start.busy)
    return Double(idle) / Double(max(1, idle + busy))
  }

  /// The share of the time since then in which something was done for others than this process and
  /// those that it waited for.
  func ofOthers(since start: ProcessorTime) -> Double {
    let (all, own) = (idle + busy - start.idle - start.busy, own - start.own)
    return Double(busy - start.busy - own) / Double(max(1, all))
  }
}

/// Threads for tests that wait for programs: the pool that tasks have by themselves has as many as there
/// are processors.
private final class Threads: TaskExecutor {
  static let shared = Threads()

  private let queue = DispatchQueue(label: "tests", attributes: .concurrent)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
