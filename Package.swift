// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let tls = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let arguments = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

func nio(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-nio") }

/// A Swift module of the house, its sources held to the same settings as every other.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The tests of a module; `fixtures` are folders that they read at run time.
func tests(
  _ name: String, _ dependencies: [Target.Dependency], fixtures: [String] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, exclude: fixtures, swiftSettings: strict)
}

let package = Package(
  name: "vipjuggler",
  products: [.executable(name: "vipjuggler", targets: ["vipjuggler"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CNetlink", pkgConfig: "libnl-route-3.0",
      providers: [.apt(["libnl-3-dev", "libnl-route-3-dev", "libnl-genl-3-dev"])]),
    .systemLibrary(name: "CNettle", pkgConfig: "nettle", providers: [.apt(["nettle-dev"])]),
    .target(name: "CLinux"),
    module("Packets", ["CNettle"]),
    module("TopologyModel", ["Packets", yams]),
    module("FailoverMethods", ["Packets", "TopologyModel"]),
    module("Measurement", ["Packets", "TopologyModel", histogram]),
    module("Records", ["Measurement", "Packets", "TopologyModel"]),
    module("LinuxNet", ["Packets", "CNetlink", "CLinux", system]),
    module(
      "NodeAgent",
      ["LinuxNet", "Packets", "TopologyModel", "FailoverMethods", "Measurement", "Records"]),
    module("NamespaceLab", ["LinuxNet", "Packets", "TopologyModel"]),
    module(
      "RunControl",
      [
        "NodeAgent", "NamespaceLab", "SmallTools", "Records", "LinuxNet", "Packets",
        "TopologyModel", "FailoverMethods", "Measurement",
      ]),
    module(
      "SmallTools",
      [
        "LinuxNet", "Packets", "TopologyModel", nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"),
        tls,
      ]),
    module("Exports", ["Packets", "TopologyModel"]),
    module("Reports", ["Records", "Measurement", "Packets", "TopologyModel"]),
    .executableTarget(
      name: "vipjuggler",
      dependencies: [
        "RunControl", "NamespaceLab", "LinuxNet", "SmallTools", "Exports", "Reports", "Records",
        "Measurement",
        "NodeAgent",
        "Packets", "TopologyModel", arguments,
      ],
      swiftSettings: strict),
    tests("PacketsTests", ["Packets"]),
    tests("TopologyModelTests", ["TopologyModel", "Packets"], fixtures: ["Fixtures"]),
    tests(
      "FailoverMethodsTests", ["FailoverMethods", "Packets", "TestSupport", "TopologyModel"]),
    tests("MeasurementTests", ["Measurement", "Packets", "TopologyModel"]),
    .target(
      name: "TestSupport",
      dependencies: ["FailoverMethods", "LinuxNet", "Packets", "TopologyModel"],
      path: "Tests/TestSupport",
      swiftSettings: strict),
    tests("LinuxNetTests", ["LinuxNet", "Packets", "TestSupport", system]),
    tests(
      "SmallToolsTests",
      ["SmallTools", "FailoverMethods", "Packets", "TestSupport", "TopologyModel"]),
    tests("NodeAgentTests", ["NodeAgent", "LinuxNet", "Measurement", "Packets", "TopologyModel"]),
    tests("ReportsTests", ["Reports", "Records", "Measurement", "Packets", "TopologyModel"]),
    tests(
      "RecordsTests", ["Records", "Measurement", "Packets", "TopologyModel"],
      fixtures: ["Journals"]),
    tests(
      "NamespaceLabTests",
      ["NamespaceLab", "LinuxNet", "Packets", "TestSupport", "TopologyModel", "vipjuggler"]),
    tests(
      "RunControlTests",
      [
        "RunControl", "Exports", "NamespaceLab", "Records", "LinuxNet", "Measurement", "NodeAgent",
        "Packets", "TestSupport", "TopologyModel",
      ]),
    tests(
      "EndToEndTests",
      [
        "Records", "LinuxNet", "Measurement", "NamespaceLab", "Packets", "TestSupport",
        "TopologyModel", "vipjuggler",
      ],
      fixtures: [
        "clock.py", "service.py", "slowly.py", "decode.py", "stamp.py", "strangers.py",
        "validate.py",
      ]),
  ]
)

// Every module is built anew for it: `make fuzz`.
if Context.environment["FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        "LinuxNet", "NodeAgent", "Packets", "Records", "Reports", "SmallTools", "TopologyModel",
      ],
      path: "Tests/Fuzz", exclude: ["Corpus", "run"], swiftSettings: strict))
}
