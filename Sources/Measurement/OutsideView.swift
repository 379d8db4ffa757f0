package import Packets

/// How an address is seen by a host that only watches it: nothing of what its holders do.
package struct OutsideView: Hashable, Codable, Sendable {
  /// The router that the probes go by; `nil` where the address is on this host's own segment.
  package var gateway: IPAddress?
  /// Whether frames are captured, so that announcements are seen, and who sends an answer.
  package var seesFrames: Bool

  package init(gateway: IPAddress?, seesFrames: Bool) {
    self.gateway = gateway
    self.seesFrames = seesFrames
  }

  private enum CodingKeys: String, CodingKey {
    case gateway
    case seesFrames = "sees_frames"
  }
}

/// Somebody who answers probes, as far as an answer tells.
package enum Responder: Hashable, Codable, Sendable {
  /// What the answer calls him, and the MAC address that it came from where that is his own.
  case named(String, at: MACAddress? = nil)
  /// The MAC address that it came from; of an address behind a router that router's.
  case at(MACAddress)
  /// Nothing tells.
  case unknown

  package var mac: MACAddress? {
    switch self {
    case .named(_, let mac): mac
    case .at(let mac): mac
    case .unknown: nil
    }
  }
}

extension Responder: CustomStringConvertible {
  package var description: String {
    switch self {
    case .named(let name, _): name
    case .at(let mac): "\(mac)"
    case .unknown: "somebody"
    }
  }
}
