/// What a program that moves the VIP could not do, as in "could not take it", and why.
package struct ProgramTrouble: Codable, Hashable, Sendable {
  package var deed: String
  package var words: String

  package init(deed: String, words: String) {
    self.deed = deed
    self.words = words
  }
}
