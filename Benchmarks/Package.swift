// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that users of the libraries never build or resolve it.
let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v13)],
  dependencies: [.package(name: "adain-audio", path: "..")],
  targets: [
    .executableTarget(
      name: "instance-norm-benchmark",
      dependencies: [
        .product(name: "InstanceNorm", package: "adain-audio"),
        .product(name: "AdaIN", package: "adain-audio"),
      ],
      path: "Sources/InstanceNormBenchmark",
      swiftSettings: [
        .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ]),
    .executableTarget(
      name: "adain-benchmark",
      dependencies: [.product(name: "AdaIN", package: "adain-audio")],
      path: "Sources/AdaINBenchmark",
      swiftSettings: [
        .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ]),
    .executableTarget(
      name: "quality-benchmark",
      dependencies: [.product(name: "AudioRestyle", package: "adain-audio")],
      path: "Sources/QualityBenchmark",
      swiftSettings: [
        .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ]),
  ]
)
