import Measurement

/// What an engine saw and has not handed over.
struct ObservationBuffer {
  private(set) var observations: [Observation] = []
  /// Whether somebody is waiting for one of them.
  private(set) var isUrgent = false

  init() { observations.reserveCapacity(ObservationBuffer.usual) }

  private static let usual = 64

  mutating func append(_ observation: Observation) {
    observations.append(observation)
    switch observation {
    case .fates, .arrivals, .reflected, .duplicated, .clocked: break
    default: isUrgent = true
    }
  }

  /// Everything in it, which then is in it no longer.
  mutating func take() -> [Observation] {
    let taken = observations
    clear()
    return taken
  }

  mutating func clear() {
    observations.removeAll(keepingCapacity: true)
    isUrgent = false
  }
}
