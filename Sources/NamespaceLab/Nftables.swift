import Foundation
import LinuxNet
import Packets

/// nft(8), which takes a ruleset as one transaction.
enum Nftables {
  private static let program = "/usr/sbin/nft"

  /// What has to be installed first; `nil` when it is there.
  static var missing: String? {
    access(program, X_OK) == 0
      ? nil : "nft is not installed: `apt-get install nftables`"
  }

  /// `nft -f -`, in `namespace`.
  static func load(_ ruleset: String, in namespace: Namespace) throws(KernelError) {
    try namespace.run { () throws(KernelError) in
      let nft = try NodeProgram(program, ["-f", "-"], input: ruleset)
      if let failure = nft.failure(within: .seconds(10)) {
        throw KernelError("nft -f -", code: EINVAL, detail: failure)
      }
    }
  }
}
