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

/// Settings of test targets that compute little themselves.
///
/// With QUICK_TESTS in the environment, as the scripts set it, their own code is not optimised, which shortens an
/// optimised build.
let lightTestSettings =
  testSettings + (Context.environment["QUICK_TESTS"] == nil ? [] : [.unsafeFlags(["-Onone"])])

let package = Package(
  name: "adain-audio",
  platforms: [.macOS(.v13), .iOS(.v16), .tvOS(.v16), .watchOS(.v9), .visionOS(.v1)],
  products: [
    .library(name: "Tensors", targets: ["Tensors"]),
    .library(name: "InstanceNorm", targets: ["InstanceNorm"]),
    .library(name: "TensorFiles", targets: ["TensorFiles"]),
    .library(name: "AdaIN", targets: ["AdaIN"]),
    .library(name: "AdaINBlocks", targets: ["AdaINBlocks"]),
    .library(name: "SoundFiles", targets: ["SoundFiles"]),
    .library(name: "AudioRestyle", targets: ["AudioRestyle"]),
    .executable(name: "restyle", targets: ["restyle"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    // Libraries, in dependency order.
    .systemLibrary(
      name: "CSndfile", pkgConfig: "sndfile",
      providers: [.apt(["libsndfile1-dev"]), .brew(["libsndfile"])]),
    .target(name: "SoundFiles", dependencies: ["CSndfile"], swiftSettings: settings),
    // The standard library's rounding functions are in libm, which nothing else brings in without Foundation.
    .target(
      name: "Tensors", swiftSettings: settings,
      linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    // Kernels for AVX2, chosen at run time; empty on other processors.
    .target(name: "CInstanceNorm"),
    .target(name: "InstanceNorm", dependencies: ["CInstanceNorm", "Tensors"], swiftSettings: settings),
    // Audio arithmetic for AVX2 and AVX-512, chosen at run time; empty on other processors.
    .target(name: "CAudioKernels"),
    .target(name: "AudioFeatures", dependencies: ["CAudioKernels", "Tensors"], swiftSettings: settings),
    // Arrays in safetensors, npy and npz files.
    .target(name: "TensorFiles", dependencies: ["Tensors"], swiftSettings: settings),
    .target(
      name: "AdaIN", dependencies: ["InstanceNorm", "TensorFiles", "Tensors"], swiftSettings: settings),
    // Blocks of networks that AdaIN layers stand in, and the convolutions they need.
    .target(name: "AdaINBlocks", dependencies: ["AdaIN", "Tensors"], swiftSettings: settings),
    // Restyling, from measuring to the façade; each module knows those above it alone.
    .target(
      name: "StyleProfiles",
      dependencies: ["AdaIN", "AudioFeatures", "InstanceNorm", "SoundFiles", "TensorFiles", "Tensors"],
      swiftSettings: settings),
    .target(
      name: "Restylings",
      dependencies: ["AdaIN", "AudioFeatures", "InstanceNorm", "SoundFiles", "StyleProfiles", "Tensors"],
      swiftSettings: settings),
    .target(
      name: "StyleMethods",
      dependencies: [
        "AdaIN", "AudioFeatures", "CAudioKernels", "InstanceNorm", "Restylings", "StyleProfiles", "Tensors",
      ], swiftSettings: settings),
    .target(
      name: "Rendering",
      dependencies: [
        "AdaIN", "AudioFeatures", "InstanceNorm", "Restylings", "SoundFiles", "StyleProfiles", "Tensors",
      ], swiftSettings: settings),
    .target(
      name: "Mastering",
      dependencies: ["AudioFeatures", "Restylings", "SoundFiles", "StyleProfiles"],
      swiftSettings: settings),
    .target(
      name: "AudioRestyle",
      dependencies: [
        "AdaIN", "AudioFeatures", "Mastering", "Rendering", "Restylings", "SoundFiles", "StyleMethods",
        "StyleProfiles", "TensorFiles", "Tensors",
      ], swiftSettings: settings),

    // Charts, spectrograms and waveforms as SVG and PNG; knows nothing of audio.
    .target(name: "Plots", swiftSettings: settings),

    // The command line.
    .executableTarget(
      name: "restyle",
      dependencies: [
        "AdaIN", "AudioFeatures", "AudioRestyle", "Plots", "SoundFiles",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),

    // Samples: the demo's audio and how it is made, and small programs that use the libraries.
    .target(name: "SampleSynthesis", path: "Samples/Synthesis", swiftSettings: settings),
    .executableTarget(
      name: "make-samples", dependencies: ["SampleSynthesis", "SoundFiles"], path: "Samples/MakeSamples",
      swiftSettings: settings),
    .executableTarget(
      name: "NormaliseTensor", dependencies: ["InstanceNorm", "Tensors"], path: "Samples/NormaliseTensor",
      swiftSettings: settings),
    .executableTarget(
      name: "SwapStatistics", dependencies: ["AdaIN"], path: "Samples/SwapStatistics",
      swiftSettings: settings),
    .executableTarget(
      name: "ChangeStrength", dependencies: ["AdaIN"], path: "Samples/ChangeStrength", swiftSettings: settings
    ),
    .executableTarget(
      name: "BlendStyles", dependencies: ["AdaIN"], path: "Samples/BlendStyles", swiftSettings: settings),
    .executableTarget(
      name: "StyleRegions", dependencies: ["AdaIN"], path: "Samples/StyleRegions", swiftSettings: settings),
    .executableTarget(
      name: "KeepChannels", dependencies: ["AdaIN"], path: "Samples/KeepChannels", swiftSettings: settings),
    .executableTarget(
      name: "StyleGrid", dependencies: ["AdaIN"], path: "Samples/StyleGrid", swiftSettings: settings),
    .executableTarget(
      name: "MergeStatistics", dependencies: ["AdaIN"], path: "Samples/MergeStatistics",
      swiftSettings: settings),
    .executableTarget(
      name: "MatchDistributions", dependencies: ["AdaIN"], path: "Samples/MatchDistributions",
      swiftSettings: settings),
    .executableTarget(
      name: "TransportCovariance", dependencies: ["AdaIN"], path: "Samples/TransportCovariance",
      swiftSettings: settings),
    .executableTarget(
      name: "ExchangeWithPython", dependencies: ["AdaIN"], path: "Samples/ExchangeWithPython",
      swiftSettings: settings),
    .executableTarget(
      name: "TrainAdaIN", dependencies: ["AdaIN"], path: "Samples/TrainAdaIN", swiftSettings: settings),
    .executableTarget(
      name: "StreamAndMask", dependencies: ["InstanceNorm", "Tensors"], path: "Samples/StreamAndMask",
      swiftSettings: settings),
    .executableTarget(
      name: "RestyleFile", dependencies: ["AudioRestyle"], path: "Samples/RestyleFile",
      swiftSettings: settings),
    .executableTarget(
      name: "UseInApp", dependencies: ["AudioRestyle"], path: "Samples/UseInApp", swiftSettings: settings),

    // Tests, one target for each library, and what they share.
    .target(name: "CAllocationMeter", path: "Tests/CAllocationMeter"),
    .target(
      name: "TestSupport", dependencies: ["CAllocationMeter", "Tensors"], path: "Tests/TestSupport",
      swiftSettings: testSettings),
    .testTarget(name: "SoundFilesTests", dependencies: ["SoundFiles"], swiftSettings: lightTestSettings),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors"], swiftSettings: testSettings),
    .testTarget(
      name: "InstanceNormTests", dependencies: ["InstanceNorm", "Tensors", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: testSettings),
    .testTarget(
      name: "AudioFeaturesTests", dependencies: ["AudioFeatures", "TestSupport"],
      swiftSettings: testSettings),
    .testTarget(
      name: "AudioRestyleTests",
      dependencies: [
        "AdaIN", "AudioFeatures", "AudioRestyle", "Mastering", "Rendering", "Restylings", "SoundFiles",
        "StyleMethods", "StyleProfiles", "TensorFiles", "TestSupport",
      ],
      swiftSettings: testSettings),
    .testTarget(
      name: "AdaINTests", dependencies: ["AdaIN", "InstanceNorm", "TensorFiles", "Tensors", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: testSettings),
    .testTarget(
      name: "AdaINBlocksTests", dependencies: ["AdaINBlocks", "AdaIN", "TestSupport"],
      resources: [.copy("Fixtures")],
      swiftSettings: testSettings),
    .testTarget(
      name: "PlotsTests", dependencies: ["Plots", "TensorFiles"], swiftSettings: lightTestSettings),
    .testTarget(
      name: "restyleTests",
      dependencies: [
        "restyle", "AdaIN", "AudioFeatures", "AudioRestyle", "Plots", "SoundFiles", "TestSupport",
      ],
      swiftSettings: lightTestSettings),
    .testTarget(
      name: "QualityTests",
      dependencies: ["AudioRestyle", "SoundFiles", "Tensors", "SampleSynthesis"],
      resources: [.copy("Fixtures")], swiftSettings: testSettings),
    .testTarget(
      name: "SamplesTests", dependencies: ["SampleSynthesis", "SoundFiles"], swiftSettings: lightTestSettings),
  ]
)
