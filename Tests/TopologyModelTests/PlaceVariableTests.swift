import Testing
import TopologyModel

@Suite struct PlaceVariableTests {
  private let place: [PlaceVariable: String] = [.vip: "10.0.1.200", .path: "$VIP", .node: "alpha"]

  @Test(arguments: [
    ("$VIP/32", "10.0.1.200/32"), ("$NODE$VIP", "alpha10.0.1.200"), ("plain", "plain"), ("", ""),
    // What a word stands for is not looked at again.
    ("$VIPJUGGLER_PATH", "$VIP"), ("$$VIP", "$VIP"), ("$$$VIP", "$10.0.1.200"), ("5$$", "5$"),
  ])
  func wordsAreFilledIn(text: String, filled: String) {
    #expect(PlaceVariable.filling(text, with: place) == filled)
  }

  @Test func wordsAreFoundWhole() {
    #expect(PlaceVariable.words(in: "$VIP $VIPS ${VIP} $$NODE $") == ["VIP", "VIPS", "", ""])
  }
}
