import Foundation
import InstanceNorm
import Tensors
import Testing

@Suite struct ConfigurationTests {
  @Test func aRoundTripThroughJSONRestoresEverything() throws {
    let layers = [
      InstanceNorm1d<Float>(3),
      InstanceNorm1d<Float>(
        5, eps: 0.01, momentum: nil, affine: true, trackRunningStats: true, conventions: .lucid, bias: false),
    ]
    for layer in layers {
      let data = try JSONEncoder().encode(layer.configuration)
      let decoded = try JSONDecoder().decode(InstanceNormConfiguration.self, from: data)
      #expect(decoded == layer.configuration)
      #expect(InstanceNorm1d<Float>(decoded) == layer)
    }
  }

  @Test func missingKeysTakeTheDefaults() throws {
    func decode(_ text: String) throws -> InstanceNormConfiguration {
      try JSONDecoder().decode(InstanceNormConfiguration.self, from: Data(text.utf8))
    }
    #expect(try decode("{}") == InstanceNormConfiguration())
    #expect(try decode(#"{"numFeatures": 4}"#) == InstanceNorm1d<Float>(4).configuration)
    #expect(try decode(#"{"momentum": null}"#).momentum == nil)
    #expect(throws: DecodingError.self) { try decode(#"{"eps": -1}"#) }
    #expect(throws: DecodingError.self) { try decode(#"{"numFeatures": -1}"#) }
    #expect(throws: DecodingError.self) { try decode(#"{"conventions": "other"}"#) }
  }

  @Test func aLazyLayerTakesTheChannelsOfItsFirstInput() throws {
    var configuration = InstanceNormConfiguration()
    configuration.trackRunningStats = true
    var lazy = LazyInstanceNorm1d<Double>(configuration)
    #expect(lazy.layer == nil)
    let input = randomTensor(TensorShape(2, 3, 20), seed: 1, as: Double.self)
    var norm = InstanceNorm1d<Double>(3, trackRunningStats: true)
    #expect(try lazy.trainingStep(input) == norm.trainingStep(input))
    #expect(lazy.layer == norm)
    #expect(try lazy(input) == norm(input))
    #expect(throws: ShapeError.self) { try lazy(Tensor3(shape: TensorShape(1, 4, 20))) }
    #expect(lazy.layer?.numFeatures == 3)
    #expect(LazyInstanceNorm1d<Float>(InstanceNormConfiguration(numFeatures: 2)).layer == InstanceNorm1d(2))
  }

  @Test func devicesAreValues() throws {
    let device = Device.cpu(threads: 3, kernels: .swift)
    let data = try JSONEncoder().encode(device)
    #expect(try JSONDecoder().decode(Device.self, from: data) == device)
    #expect("\(device)" == "cpu")
    #expect(Device.cpu == Device.cpu(threads: nil))
  }
}
