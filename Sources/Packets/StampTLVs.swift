/// The TLVs of a STAMP packet on the wire, as a reflector sends them back (RFC 8972, section 4).
package enum StampTLVs {
  /// Of the base packet, what the HMAC TLV signs: the sequence number.
  static let signedLength = MemoryLayout<UInt32>.size

  /// Makes the TLVs from `offset` on, in the packet `bytes`, into those of the answer, whose base is
  /// there already. With a `key` they are to be signed, but for padding, and what was not is marked.
  package static func answer(
    in bytes: UnsafeMutableRawBufferPointer, from offset: Int, key: StampKey?
  ) {
    let all = TLV.all(in: UnsafeRawBufferPointer(bytes), from: offset)
    let isIntact = key.map { isSigned(all, in: UnsafeRawBufferPointer(bytes), by: $0) } ?? true
    for tlv in all {
      let isKnown = tlv.header.isPadding || (key != nil && tlv.header.type == StampHMACTLV.type)
      var flags: StampTLVHeader.Flags = []
      if !isKnown { flags.insert(.unrecognised) }
      if tlv.isMalformed { flags.insert(.malformed) }
      if !isIntact { flags.insert(.failed) }
      bytes[tlv.offset] = flags.rawValue
    }
    guard let key, isIntact, let seal = all.first(where: \.isSeal) else { return }
    let tag = key.tag(
      of: UnsafeRawBufferPointer(rebasing: bytes[..<signedLength]),
      UnsafeRawBufferPointer(rebasing: bytes[offset..<seal.offset]))
    bytes.storeBytes(
      of: tag.bigEndian, toByteOffset: seal.offset + StampTLVHeader.wireLength, as: UInt128.self)
  }

  /// Whether these TLVs may be believed: nothing but padding is there, or follows what signs the rest.
  private static func isSigned(
    _ all: [TLV], in bytes: UnsafeRawBufferPointer, by key: StampKey
  ) -> Bool {
    guard let place = all.firstIndex(where: { !$0.header.isPadding }) else { return true }
    guard let last = all.lastIndex(where: { !$0.header.isPadding }), all[last].isSeal,
      all.firstIndex(where: \.isSeal) == last, place <= last
    else { return false }
    let seal = all[last]
    return key.signs(
      UnsafeRawBufferPointer(rebasing: bytes[..<signedLength]),
      UnsafeRawBufferPointer(rebasing: bytes[all[0].offset..<seal.offset]),
      as: UInt128(
        bigEndian: bytes.loadUnaligned(
          fromByteOffset: seal.offset + StampTLVHeader.wireLength, as: UInt128.self)))
  }

  private struct TLV {
    var offset: Int
    var header: StampTLVHeader
    /// Whether it says that it is longer than what is there, or its type has another length.
    var isMalformed: Bool

    var isSeal: Bool { header.type == StampHMACTLV.type && !isMalformed }

    static func all(in bytes: UnsafeRawBufferPointer, from offset: Int) -> [TLV] {
      var reader = ByteReader(bytes)
      guard (try? reader.skip(offset)) != nil else { return [] }
      var all: [TLV] = []
      while true {
        let begin = reader.position
        guard let header = try? StampTLVHeader(parsing: &reader) else { return all }
        let isWhole = (try? reader.skip(Int(header.length))) != nil
        let isFit =
          header.type != StampHMACTLV.type || header.length == StampHMACTLV.valueLength
        all.append(TLV(offset: begin, header: header, isMalformed: !isWhole || !isFit))
        if !isWhole { return all }
      }
    }
  }
}
