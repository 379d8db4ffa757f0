/// A file for a machine that is to carry a path.
package struct ExportedFile: Hashable, Sendable {
  package var name: String
  package var text: String
  package var isExecutable = false
}

/// What a path is written for.
package enum ExportForm: String, CaseIterable, Sendable {
  /// A shell script of ip(8) and bridge(8) with its undo, and a unit that runs it at boot.
  case script
  /// systemd-networkd's own files.
  case networkd
  /// A stanza of /etc/network/interfaces as ifupdown2 reads it.
  case ifupdown2
  /// A VRRP instance that moves the VIP.
  case keepalived
}

/// Why a path cannot be written in a form.
package struct ExportRefusal: Error, CustomStringConvertible {
  package let description: String
}
