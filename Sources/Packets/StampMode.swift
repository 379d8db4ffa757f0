/// The modes of STAMP (RFC 8762, section 4.1). Both have the same fields in the same order; where
/// packets are authenticated more zeros lie between them, and an HMAC follows.
package enum StampMode: Sendable {
  case unauthenticated, authenticated

  /// Of a packet without its TLVs, in bytes.
  package var baseLength: Int {
    switch self {
    case .unauthenticated: 44
    case .authenticated: 112
    }
  }

  /// One count of zeros or the other.
  func zeros(_ unauthenticated: Int, _ authenticated: Int) -> Int {
    self == .unauthenticated ? unauthenticated : authenticated
  }
}
