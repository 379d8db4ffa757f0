package import Packets

/// The first bytes of frames that a node saw, in no order.
package struct KeptFrames: Codable, Hashable, Sendable {
  /// The most that is kept of a frame.
  package static let snapLength = 128

  private struct Place: Codable, Hashable, Sendable {
    var at: Timestamp
    var length: Int
    var end: Int
  }

  package struct Frame: Sendable {
    package var at: Timestamp
    /// On the wire.
    package var length: Int
    package var kept: ArraySlice<UInt8>
  }

  private var places: [Place] = []
  private var bytes: [UInt8] = []
  /// What was seen before was not kept, as there was no room; `nil` where nothing is missing.
  package internal(set) var missingUntil: Timestamp?

  init() {}

  mutating func reserve(_ count: Int) {
    places.reserveCapacity(count)
    bytes.reserveCapacity(count * KeptFrames.snapLength)
  }

  mutating func append(_ kept: ArraySlice<UInt8>, length: Int, at instant: Timestamp) {
    bytes += kept
    places.append(Place(at: instant, length: length, end: bytes.count))
  }

  /// In the order in which they were seen.
  package var inOrder: [Frame] {
    var start = 0
    return places.map { place in
      defer { start = place.end }
      return Frame(at: place.at, length: place.length, kept: bytes[start..<place.end])
    }
    .sorted { $0.at < $1.at }
  }
}
