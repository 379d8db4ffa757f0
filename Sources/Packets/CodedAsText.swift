/// A value that JSON holds as it is written: `"10.0.1.200"`.
package protocol CodedAsText: LosslessStringConvertible, Codable {}

extension CodedAsText {
  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let value = Self(text) else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath, debugDescription: "`\(text)` is no \(Self.self)"))
    }
    self = value
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
