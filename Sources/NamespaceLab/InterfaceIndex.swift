/// The indices that links get as they are made, so that requests that refer to each other can be
/// sent together. They count within one namespace; 1 is `lo`.
package enum InterfaceIndex {
  package static let loopback: Int32 = 1
  /// The interface beneath a tagged attachment to segment number `segment`.
  package static func trunk(_ segment: Int) -> Int32 { 2 + Int32(segment) }

  /// The bridge in a segment's own namespace.
  package static let bridge: Int32 = 100

  /// The bridge's port to node number `node`. Not the index that the other end of the pair has in its
  /// own namespace: of a port whose two are the same the kernel does not say that it is one of a pair.
  package static func port(_ node: Int) -> Int32 { 100_001 + Int32(node) }

  /// A node's interface on segment number `segment`; there are fewer trunks below.
  package static func attachment(_ segment: Int) -> Int32 { 1_001 + Int32(segment) }

  /// A node's interface on path number `path` of `topology`, which has `segments` segments.
  package static func overlay(_ path: Int, segments: Int) -> Int32 {
    attachment(segments) + Int32(path)
  }
}
