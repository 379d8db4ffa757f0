import Dispatch
import Glibc
package import Testing

/// Tests that measure time, start programs, or compute for long, take turns in whichever suite and module
/// they are: many labs on the same processors would hold each other up. Three run beside each other, one
/// where the machine has one processor, or something else to do.
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

  private lazy var room =
    Turnstile.isMachineBusy ? Share.whole.twelfths / 2 : Share.whole.twelfths
  private var inside = 0
  private var queue: [(share: Share, entry: CheckedContinuation<Void, Never>)] = []

  func enter(_ share: Share) async {
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

  private func admit() {
    while let next = queue.first, inside == 0 || next.share.twelfths <= room {
      room -= next.share.twelfths
      inside += 1
      queue.removeFirst().entry.resume()
    }
  }

  /// Whether there is but one processor, as in the lab kernel, or others than this process keep most of
  /// one, before any test has started a program.
  private static var isMachineBusy: Bool {
    guard sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1 else { return true }
    let before = othersTicks
    _ = poll(nil, 0, 500)
    let ticks = othersTicks - before
    return ticks > sysconf(Int32(_SC_CLK_TCK)) / 5
  }

  /// What all processors have done for others so far (`/proc/stat`: user, nice, system), in ticks.
  private static var othersTicks: Int {
    let file = fopen("/proc/stat", "r")
    defer { if let file { fclose(file) } }
    var line = [CChar](repeating: 0, count: 256)
    guard let file, fgets(&line, Int32(line.count), file) != nil else { return 0 }
    let text = line.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let all = text.split(separator: " ").dropFirst().prefix(3).compactMap { Int($0) }.reduce(0, +)
    var own = tms()
    times(&own)
    return all - Int(own.tms_utime + own.tms_stime)
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
