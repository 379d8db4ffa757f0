/// Bytes from hexadecimal text; what stands behind a `#` on a line is a remark.
func hex(_ annotated: String) -> [UInt8] {
  let digits = annotated.split(separator: "\n")
    .flatMap { $0.prefix { $0 != "#" } }
    .filter { $0.isHexDigit }
  return stride(from: 0, to: digits.count, by: 2).map {
    UInt8(String(digits[$0...$0 + 1]), radix: 16)!
  }
}
