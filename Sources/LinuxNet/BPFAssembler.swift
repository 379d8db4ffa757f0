import CLinux

/// An instruction of a small assembler for classic BPF, with labels.
enum Instruction {
  case plain(UInt16, UInt32)
  case jump(Condition, to: String)
  case label(String)
}

enum Condition {
  case always
  case equal(UInt32)
  case notEqual(UInt32)
  case anyBit(UInt32)
}

enum LoadSize {
  case byte, half, word, byteAfterHeader, halfAfterHeader, packetType
}

func load(_ size: LoadSize, at offset: UInt32) -> Instruction {
  switch size {
  case .byte: .plain(UInt16(BPF_LD | BPF_B | BPF_ABS), offset)
  case .half: .plain(UInt16(BPF_LD | BPF_H | BPF_ABS), offset)
  case .word: .plain(UInt16(BPF_LD | BPF_W | BPF_ABS), offset)
  case .byteAfterHeader: .plain(UInt16(BPF_LD | BPF_B | BPF_IND), offset)
  case .halfAfterHeader: .plain(UInt16(BPF_LD | BPF_H | BPF_IND), offset)
  case .packetType:
    .plain(
      UInt16(BPF_LD | BPF_W | BPF_ABS), UInt32(bitPattern: Int32(SKF_AD_OFF + SKF_AD_PKTTYPE)))
  }
}

/// Loads the length of the IPv4 header at `offset` into the index register.
func loadHeaderLength(at offset: UInt32) -> Instruction {
  .plain(UInt16(BPF_LDX | BPF_B | BPF_MSH), offset)
}

func jump(_ condition: Condition, to label: String) -> Instruction {
  .jump(condition, to: label)
}

func label(_ name: String) -> Instruction { .label(name) }

func give(_ length: UInt32) -> Instruction { .plain(UInt16(BPF_RET | BPF_K), length) }

func assemble(_ instructions: [Instruction]) -> [sock_filter] {
  var labels: [String: Int] = [:]
  var position = 0
  for instruction in instructions {
    if case .label(let name) = instruction { labels[name] = position } else { position += 1 }
  }
  var program: [sock_filter] = []
  for instruction in instructions {
    switch instruction {
    case .label: continue
    case .plain(let code, let value):
      program.append(sock_filter(code: code, jt: 0, jf: 0, k: value))
    case .jump(let condition, let target):
      let distance = UInt8(labels[target]! - program.count - 1)
      program.append(condition.instruction(distance))
    }
  }
  return program
}

extension Condition {
  func instruction(_ distance: UInt8) -> sock_filter {
    let test = UInt16(BPF_JMP | BPF_JEQ | BPF_K)
    return switch self {
    case .always:
      sock_filter(code: UInt16(BPF_JMP | BPF_JA), jt: 0, jf: 0, k: UInt32(distance))
    case .equal(let value): sock_filter(code: test, jt: distance, jf: 0, k: value)
    case .notEqual(let value): sock_filter(code: test, jt: 0, jf: distance, k: value)
    case .anyBit(let mask):
      sock_filter(code: UInt16(BPF_JMP | BPF_JSET | BPF_K), jt: distance, jf: 0, k: mask)
    }
  }
}
