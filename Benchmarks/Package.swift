// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that users of the libraries never build or resolve it.
let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v13)],
  dependencies: [.package(name: "adain-audio", path: "..")],
  targets: [
    // What the programs share: a stopwatch, and the memory copy that they measure against.
    .target(
      name: "BenchmarkSupport",
      dependencies: [.product(name: "InstanceNorm", package: "adain-audio")],
      swiftSettings: [
        .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ]),
    .executableTarget(
      name: "instance-norm-benchmark",
      dependencies: [
        "BenchmarkSupport",
        .product(name: "InstanceNorm", package: "adain-audio"),
        .product(name: "AdaIN", package: "adain-audio"),
      ],
      path: "Sources/InstanceNormBenchmark",
      swiftSettings: [
        .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ]),
    .executableTarget(
      name: "fourier-benchmark",
      dependencies: ["BenchmarkSupport", .product(name: "AudioRestyle", package: "adain-audio")],
      path: "Sources/FourierBenchmark",
      swiftSettings: [
        .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ]),
    .executableTarget(
      name: "adain-benchmark",
      dependencies: [
        "BenchmarkSupport", .product(name: "AdaIN", package: "adain-audio"),
        .product(name: "AudioRestyle", package: "adain-audio"),
      ],
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
