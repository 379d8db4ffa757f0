package import Packets

/// A server whose VIP ucarp moves (ucarp(8)), told to the others by multicast.
package struct CARPHost: Sendable {
  package var interface: String
  package var address: IPAddress
  package var vip: IPAddress
  /// 1 to 255, the same at every server.
  package var identifier: Int
  /// The later it is to take the VIP, in 256ths of a second.
  package var skew: Int
  package var settings: AdvertisementSettings

  /// Between one server and the next, of which the first is preferred.
  private static let skewStep = 10
  private static let mostSkew = 254
  /// Advertisements that may be missed (`--deadratio`).
  private static let missed = 3

  /// `rank` is its place among the servers.
  package init(_ path: TopologyPath, interface: String, rank: Int, address: IPAddress) {
    self.interface = interface
    self.address = address
    vip = path.vip
    identifier = path.groupNumber
    skew = min(CARPHost.skewStep * rank, CARPHost.mostSkew)
    settings = path.failover.carp
  }

  /// How long the others wait at most for a word of a master that advertises so often.
  static func detection(every: TimeSpan) -> TimeSpan {
    missed * every + TimeSpan(nanoseconds: Int64(mostSkew) * 1_000_000_000 / 256)
  }

  /// What ucarp is told; the files are there.
  package func arguments(passwordFile: String, upScript: String, downScript: String) -> [String] {
    [
      "--interface=\(interface)", "--srcip=\(address)", "--vhid=\(identifier)",
      "--passfile=\(passwordFile)", "--addr=\(vip)", "--upscript=\(upScript)",
      "--downscript=\(downScript)",
      "--advbase=\(settings.every.nanoseconds / 1_000_000_000)", "--advskew=\(skew)",
      "--deadratio=\(CARPHost.missed)",
    ] + (settings.preempts ? ["--preempt"] : [])
  }
}
