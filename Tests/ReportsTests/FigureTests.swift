import Packets
import Records
import Reports
import Testing

@Suite struct FigureTests {
  @Test(arguments: [
    (7_310, "7.31 us"), (99_960, "100 us"), (9_996, "10.0 us"), (1_160_000, "1.16 ms"),
    (41_800_000_000, "41.8 s"), (0, "0.00 us"), (95, "0.095 us"),
  ])
  func aFineSpanHasThreeDigits(nanoseconds: Int64, text: String) {
    #expect(SpanText.fine(TimeSpan(nanoseconds: nanoseconds)) == text)
  }

  @Test func spansTogetherHaveOneUnitAsPingHasIt() {
    let spans = [5_730, 8_470, 239_000, 5_240].map { TimeSpan(nanoseconds: $0) }
    #expect(SpanText.fine(spans) == "5.73/8.47/239/5.24 us")
  }
}
