package import LinuxNet

/// A program to be run in a node of a lab in the lab kernel, as from where it was asked for.
package struct SessionRequest: Codable, Sendable {
  /// This program with the arguments it was called with, which finds the node.
  package var command: [String]
  package var environment: [String: String]
  /// The working folder.
  package var folder: String
  /// The size of the terminal that it reads from and writes to; `nil` where it does not.
  package var terminal: Terminal.Size?
  /// Whether its standard error is that terminal, too.
  package var errsToTerminal: Bool

  package init(
    command: [String], environment: [String: String], folder: String, terminal: Terminal.Size?,
    errsToTerminal: Bool
  ) {
    self.command = command
    self.environment = environment
    self.folder = folder
    self.terminal = terminal
    self.errsToTerminal = errsToTerminal
  }
}
