// swift-tools-version: 6.2
import PackageDescription

/// Settings shared by every Swift target of the package.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .strictMemorySafety(),
]

/// Settings of the test targets: the same language, without the marks on unsafe expressions.
let testSettings = Array(settings.dropLast())

let package = Package(
  name: "adain-audio",
  platforms: [.macOS(.v13), .iOS(.v16), .tvOS(.v16), .watchOS(.v9), .visionOS(.v1)],
  products: [
    .library(name: "InstanceNorm", targets: ["InstanceNorm"]),
    .library(name: "AdaIN", targets: ["AdaIN"]),
  ],
  targets: [
    // Libraries, in dependency order.
    .target(name: "Tensors", swiftSettings: settings),
    .target(name: "CInstanceNorm"),
    .target(name: "InstanceNorm", dependencies: ["CInstanceNorm", "Tensors"], swiftSettings: settings),
    .target(name: "AdaIN", dependencies: ["InstanceNorm", "Tensors"], swiftSettings: settings),

    // Tests, one target for each library.
    .testTarget(name: "TensorsTests", dependencies: ["Tensors"], swiftSettings: testSettings),
    .testTarget(
      name: "InstanceNormTests", dependencies: ["InstanceNorm", "Tensors"],
      resources: [.copy("Fixtures")], swiftSettings: testSettings),
    .testTarget(
      name: "AdaINTests", dependencies: ["AdaIN", "InstanceNorm", "Tensors"],
      resources: [.copy("Fixtures")], swiftSettings: testSettings),
  ]
)
