/// How much a topology may be: as much as a lab can hold. What is more is refused before it costs
/// anything.
package enum TopologyLimits {
  /// Of the file.
  package static let bytes = 1 << 20
  /// They have numbers of 16 bits.
  static let nodes = 4_096
  /// Interfaces of one node, and MAC addresses of one octet each.
  static let segments = 128
  static let paths = 128
  /// Said of one file.
  static let mistakes = 50
  /// Characters.
  static let mistake = 200
  static let quotation = 100
}
