import Dispatch
package import Testing

/// Tests that measure time do not run beside any other that has this trait, in whichever suite and
/// module they are: two labs on the same processors would hold each other up.
package struct OneAtATime: SuiteTrait, TestTrait, TestScoping {
  package let isRecursive = true

  package func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    guard testCase != nil else { return try await function() }
    let isAlone = !test.traits.contains { $0 is BesideOthers }
    await Turnstile.shared.enter(isAlone: isAlone)
    defer { Task { await Turnstile.shared.leave() } }
    guard !isAlone else { return try await function() }
    try await withTaskExecutorPreference(Threads.shared) { try await function() }
  }
}

/// Says of one of those tests that it asks for no figure: what it is about is what is said, refused or
/// left behind, and it may take its time. Some of them run beside each other.
package struct BesideOthers: SuiteTrait, TestTrait {
  package let isRecursive = true
}

extension Trait where Self == OneAtATime {
  /// Holds up every other test that has it.
  package static var oneAtATime: OneAtATime { OneAtATime() }
}

extension Trait where Self == BesideOthers {
  /// May run beside others that have it.
  package static var besideOthers: BesideOthers { BesideOthers() }
}

/// Lets those in that may be beside each other, some at a time; when there are none left of them, the
/// others, one at a time, in the order of coming.
private actor Turnstile {
  static let shared = Turnstile()

  private let places = 3
  private var inside = 0
  private var isOneAlone = false
  private var queue: [CheckedContinuation<Void, Never>] = []
  private var lonely: [CheckedContinuation<Void, Never>] = []

  func enter(isAlone: Bool) async {
    await withCheckedContinuation {
      if isAlone { lonely.append($0) } else { queue.append($0) }
      admit()
    }
  }

  func leave() {
    inside -= 1
    isOneAlone = false
    admit()
  }

  private func admit() {
    while !queue.isEmpty, !isOneAlone, inside < places {
      inside += 1
      queue.removeFirst().resume()
    }
    guard inside == 0, !lonely.isEmpty else { return }
    (inside, isOneAlone) = (1, true)
    lonely.removeFirst().resume()
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
