package import Packets

/// The first bytes of frames that a node saw, in no order.
package struct KeptFrames: Hashable, Sendable {
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

  /// The same by a clock that is ahead by `span`.
  package func moved(by span: TimeSpan) -> KeptFrames {
    var moved = self
    for index in moved.places.indices { moved.places[index].at = moved.places[index].at + span }
    moved.missingUntil = missingUntil.map { $0 + span }
    return moved
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

extension KeptFrames: Codable {
  private enum CodingKeys: String, CodingKey { case places, bytes, missingUntil }

  /// They may come from another machine.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    places = try container.decode([Place].self, forKey: .places)
    bytes = try container.decode([UInt8].self, forKey: .bytes)
    missingUntil = try container.decodeIfPresent(Timestamp.self, forKey: .missingUntil)
    var start = 0
    for place in places {
      guard start <= place.end, place.end <= bytes.count, place.length >= 0 else {
        throw DecodingError.dataCorruptedError(
          forKey: .places, in: container, debugDescription: "frames do not lie in their bytes")
      }
      start = place.end
    }
  }
}
