import ArgumentParser
import Foundation
import LinuxNet
import NamespaceLab
import TopologyModel

/// The exit codes of the contract (sysexits.h where it has one).
extension ExitCode {
  static let limitExceeded = ExitCode(2)
  static let badInput = ExitCode(65)
  static let missingFeature = ExitCode(69)
  static let notPermitted = ExitCode(77)
  static let interrupted = ExitCode(130)
}

/// Something that ends the program: what it says on stderr and the code it exits with.
struct Failure: Error {
  let message: String
  let code: ExitCode
}

extension Failure {
  init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as TopologyError: self.init(message: error.description, code: .badInput)
    case let error as Topology.Refusal:
      self.init(message: error.description, code: .validationFailure)
    case let error as Privilege.Denied:
      self.init(message: error.description, code: .notPermitted)
    case let error as KernelError where [EPERM, EACCES].contains(error.code):
      self.init(message: error.description, code: .notPermitted)
    default: self.init(message: "\(error)", code: .failure)
    }
  }
}

extension ParsableCommand {
  /// Runs `body`; what it throws is said on stderr and turned into the exit code.
  func reportingFailure(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let code as ExitCode {
      throw code
    } catch {
      let failure = Failure(error)
      if error is TopologyError {
        // Its lines begin with file:line:column, which editors look for at the start.
        Console.progress(failure.message + "\n")
      } else {
        Console.complain(failure.message)
      }
      throw failure.code
    }
  }
}
