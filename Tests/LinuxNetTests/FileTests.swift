import Glibc
import Testing

@testable import LinuxNet

/// Files that users name.
@Suite struct FileTests {
  /// A folder of the test's own, gone with it.
  private final class Folder {
    let path: String

    init() throws {
      var template = Array("/tmp/vipjuggler-files-XXXXXX".utf8CString)
      path = String(cString: try #require(mkdtemp(&template)))
    }

    func make(_ name: String, _ text: String, mode: mode_t = 0o644) throws -> String {
      let file = "\(path)/\(name)"
      let descriptor = Descriptor(open(file, O_WRONLY | O_CREAT | O_TRUNC, mode))
      #expect(write(descriptor.rawValue, text, text.utf8.count) == text.utf8.count)
      return file
    }

    deinit {
      for name in ["file", "link", "pipe", "other", "loop"] { unlink("\(path)/\(name)") }
      rmdir(path)
    }
  }

  private func refusal(_ body: () throws(KernelError) -> Void) -> String? {
    do {
      try body()
      return nil
    } catch {
      return error.reason
    }
  }

  @Test func aFileIsReadAsAWholeOrNotAtAll() throws {
    let folder = try Folder()
    let file = try folder.make("file", "12345")
    #expect(try NamedFile.read(file, upTo: 5) == Array("12345".utf8))
    let refusal = refusal { () throws(KernelError) in _ = try NamedFile.read(file, upTo: 4) }
    #expect(refusal == "it is longer than 4 bytes")
  }

  @Test(arguments: [("/dev/zero", "it is a device"), ("/tmp", "Is a directory")])
  func whatIsNoFileIsNotRead(path: String, reason: String) {
    #expect(refusal { () throws(KernelError) in _ = try NamedFile.read(path, upTo: 4) } == reason)
  }

  @Test func aPipeIsReadWhereSomebodyWrites() throws {
    let folder = try Folder()
    let pipe = "\(folder.path)/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    let nobody = refusal { () throws(KernelError) in _ = try NamedFile.read(pipe, upTo: 64) }
    #expect(nobody == "nobody writes to this pipe")
    let writer = try WorkThread("writer") {
      // Waits for the reader, and lets it wait.
      let end = Descriptor(open(pipe, O_WRONLY | O_CLOEXEC))
      var nothing = pollfd(fd: -1, events: 0, revents: 0)
      _ = poll(&nothing, 0, 50)
      _ = write(end.rawValue, "late", 4)
    }
    #expect(try NamedFile.read(pipe, upTo: 64) == Array("late".utf8))
    writer.join()
  }

  @Test func aNewFileHasTheModeOfTheUmask() throws {
    let folder = try Folder()
    let file = "\(folder.path)/file"
    try ResultFile(file).write(Array("new".utf8))
    let mask = umask(0)
    umask(mask)
    var status = stat()
    #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o666 & ~mask)
  }

  @Test func oneThatIsThereKeepsItsModeAndItsLink() throws {
    let folder = try Folder()
    let file = try folder.make("file", "old", mode: 0o640)
    let link = "\(folder.path)/link"
    #expect(symlink("file", link) == 0)
    try ResultFile(link).write(Array("new".utf8))
    var status = stat()
    #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o640)
    #expect(try NamedFile.read(file, upTo: 64) == Array("new".utf8))
  }

  @Test(
    arguments: [
      ("other", "it is a symbolic link that leads nowhere"),
      ("loop", "Too many levels of symbolic links"),
    ])
  func aLinkThatLeadsNowhereIsRefused(target: String, reason: String) throws {
    let folder = try Folder()
    let link = "\(folder.path)/\(target == "loop" ? "loop" : "link")"
    #expect(symlink(target, link) == 0)
    #expect(refusal { () throws(KernelError) in _ = try ResultFile(link) } == reason)
    var status = stat()
    #expect(stat(link, &status) < 0 && lstat(link, &status) == 0)
  }

  /// Root's results do not go where others lead them.
  @Test(.enabled(if: geteuid() == 0, "it takes root to be another"))
  func whatOthersPutIntoAFolderOfEverybodysIsNotWrittenTo() throws {
    let folder = try Folder()
    let (file, link) = (try folder.make("file", "root's"), "\(folder.path)/link")
    let other = try folder.make("other", "theirs", mode: 0o666)
    #expect(symlink("file", link) == 0)
    #expect(lchown(link, 65_534, 65_534) == 0 && chown(other, 65_534, 65_534) == 0)
    #expect(chmod(folder.path, 0o1777) == 0)
    for path in [link, other] {
      let reason = refusal { () throws(KernelError) in _ = try ResultFile(path) }
      #expect(reason == "it is another user's, in a folder of everybody's", "\(path)")
    }
    #expect(try NamedFile.read(file, upTo: 64) == Array("root's".utf8))
    // Of a folder that is not everybody's its owner answers for.
    #expect(chmod(folder.path, 0o755) == 0)
    try ResultFile(other).write(Array("new".utf8))
    var status = stat()
    #expect(stat(other, &status) == 0 && status.st_uid == 65_534)
  }
}
