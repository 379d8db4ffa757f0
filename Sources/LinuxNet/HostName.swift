import CLinux
import Glibc
package import Packets

/// Names of hosts (getaddrinfo(3), gethostname(2)).
package enum HostName {
  /// Why a name stands for no address.
  package struct Unknown: Error, CustomStringConvertible {
    package let description: String
  }

  /// What `name` stands for, in the order in which the system prefers it.
  package static func addresses(of name: String) throws(Unknown) -> [IPAddress] {
    if let address = IPAddress(name) { return [address] }
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    var first: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(name, nil, &hints, &first)
    guard code == 0 else { throw Unknown(description: String(cString: gai_strerror(code))) }
    defer { freeaddrinfo(first) }
    var found: [IPAddress] = []
    var next = first
    while let entry = next {
      if let address = IPAddress(entry.pointee), !found.contains(address) { found.append(address) }
      next = entry.pointee.ai_next
    }
    return found
  }

  /// This machine's.
  package static var own: String {
    var name = [UInt8](repeating: 0, count: 256)
    let code = name.withUnsafeMutableBytes {
      gethostname($0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count - 1)
    }
    let text = String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    return code == 0 && !text.isEmpty ? text : "this host"
  }
}

extension IPAddress {
  fileprivate init?(_ entry: addrinfo) {
    let (offset, count): (Int, Int)
    switch entry.ai_family {
    case AF_INET: (offset, count) = (MemoryLayout<sockaddr_in>.offset(of: \.sin_addr)!, 4)
    case AF_INET6: (offset, count) = (MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr)!, 16)
    default: return nil
    }
    guard let name = entry.ai_addr, Int(entry.ai_addrlen) >= offset + count else { return nil }
    let bytes = UnsafeRawBufferPointer(start: UnsafeRawPointer(name) + offset, count: count)
    var reader = ByteReader(bytes)
    guard let address = try? IPAddress(parsing: &reader) else { return nil }
    self = address
  }
}
