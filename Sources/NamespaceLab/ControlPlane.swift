/// A service that tells the switch of a segment where the VIPs are, for as long as the lab is there.
package protocol ControlPlane: AnyObject, Sendable {
  /// A round is over: it is as it was at first. What is to be said of the round.
  func rest() -> [String]

  func end()
}
