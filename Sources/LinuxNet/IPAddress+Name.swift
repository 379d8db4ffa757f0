import Glibc
import Packets

extension IPFamily {
  /// `AF_INET` or `AF_INET6`.
  var constant: Int32 { self == .v4 ? AF_INET : AF_INET6 }

  /// `nil` for a family of something else than IP.
  init?(constant: Int32) {
    switch constant {
    case AF_INET: self = .v4
    case AF_INET6: self = .v6
    default: return nil
    }
  }
}

extension IPAddress {
  /// Calls `body` with the address as CLinux takes it.
  func withName(_ body: (UnsafePointer<UInt8>, Int32) -> Int32) -> Int32 {
    let bytes = bytes
    return bytes.withUnsafeBufferPointer { body($0.baseAddress!, Int32($0.count)) }
  }
}
