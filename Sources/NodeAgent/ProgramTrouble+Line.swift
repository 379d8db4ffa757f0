import FailoverMethods
import Foundation

extension ProgramTrouble {
  /// As a process that moves the VIP tells it.
  var line: String {
    String(decoding: (try? JSONEncoder().encode(self)) ?? Data(), as: UTF8.self)
  }

  /// `nil` where the line is of something else.
  init?(line: some StringProtocol) {
    guard let own = try? JSONDecoder().decode(Self.self, from: Data(line.utf8)) else { return nil }
    self = own
  }
}
