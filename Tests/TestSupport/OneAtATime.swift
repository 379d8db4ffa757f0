package import Testing

/// Tests that measure time do not run beside each other, in whichever suite and module they are:
/// two labs on the same processors would hold each other up.
package struct OneAtATime: SuiteTrait, TestTrait, TestScoping {
  package let isRecursive = true

  package func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    guard testCase != nil else { return try await function() }
    await Turnstile.shared.enter()
    defer { Task { await Turnstile.shared.leave() } }
    try await function()
  }
}

extension Trait where Self == OneAtATime {
  /// Holds up every other test that has it.
  package static var oneAtATime: OneAtATime { OneAtATime() }
}

/// Lets one in at a time, in the order of coming.
private actor Turnstile {
  static let shared = Turnstile()

  private var isTaken = false
  private var queue: [CheckedContinuation<Void, Never>] = []

  func enter() async {
    guard isTaken else {
      isTaken = true
      return
    }
    await withCheckedContinuation { queue.append($0) }
  }

  func leave() {
    if queue.isEmpty { isTaken = false } else { queue.removeFirst().resume() }
  }
}
