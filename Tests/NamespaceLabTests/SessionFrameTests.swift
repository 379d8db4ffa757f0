import NamespaceLab
import Testing

/// The wire between callers and the lab kernel.
@Suite struct SessionFrameTests {
  private let frames = SessionFrame.Kind.allCases.enumerated().map { number, kind in
    SessionFrame(
      session: UInt16(number) * 257, kind: kind,
      payload: Array(repeating: UInt8(number), count: number * 100))
  }

  @Test(arguments: [1, 2, 7, 8, 100, 10_000])
  func framesAreWholeHoweverTheyArrive(piece: Int) throws {
    let bytes = frames.flatMap(\.bytes)
    var reader = SessionFrames()
    var read: [SessionFrame] = []
    for start in stride(from: 0, to: bytes.count, by: piece) {
      read += try reader.take(Array(bytes[start..<min(start + piece, bytes.count)]))
    }
    #expect(read == frames)
  }

  @Test func garbageIsRefused() {
    #expect(throws: SessionFrames.Garbage.self) {
      var reader = SessionFrames()
      _ = try reader.take(Array("GET / HTTP/1.1\r\n".utf8))
    }
    #expect(throws: SessionFrames.Garbage.self) {
      var reader = SessionFrames()
      _ = try reader.take([SessionFrame.Kind.open.rawValue, 0, 0, 0xff, 0xff, 0xff, 0xff])
    }
  }
}
