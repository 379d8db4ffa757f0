import Synchronization

/// What threads have to say, for another to take.
final class Notes: Sendable {
  private let notes = Mutex<[String]>([])

  @Sendable func add(_ note: String) { notes.withLock { $0.append(note) } }

  func take() -> [String] {
    notes.withLock { notes in
      defer { notes = [] }
      return notes
    }
  }
}
