import AdaIN
import Foundation
import Testing

/// A layer's state from a PyTorch checkpoint in safetensors, and back.
@Suite struct StateDictionaryTests {
  @Test func aStateGoesThroughAFile() throws {
    var layer = InstanceNorm1d<Float>(3, affine: true, trackRunningStats: true)
    layer.weight = [1, 2, 3]
    _ = try layer.trainingStep(Tensor3([[[1, 2], [3, 5], [7, 7]]]))
    var file = SafetensorsFile()
    file.store(layer.stateDictionary, prefix: "encoder.norm.")
    file["encoder.norm.deeper.weight"] = try StoredArray([9] as [Float])
    file["other"] = try StoredArray([9] as [Float], shape: [1, 1])
    #expect(file["encoder.norm.num_batches_tracked"]?.shape == [])
    let read = try SafetensorsFile(bytes: file.encoded())
    var loaded = InstanceNorm1d<Float>(3, affine: true, trackRunningStats: true)
    try loaded.loadStateDictionary(read.stateDictionary(prefix: "encoder.norm."))
    #expect(loaded == layer)
    // Other scalar types are converted.
    var wide = InstanceNorm1d<Double>(3, affine: true, trackRunningStats: true)
    try wide.loadStateDictionary(read.stateDictionary(prefix: "encoder.norm."))
    #expect(wide.weight == [1, 2, 3] && wide.numBatchesTracked == 1)
  }

  @Test func errorsNameKeyExpectedAndFound() throws {
    var file = SafetensorsFile()
    file["a.weight"] = try StoredArray([1, 2] as [Float], shape: [1, 2])
    file["b.count"] = try StoredArray([1] as [Float], shape: [])
    let shape = #expect(throws: InterchangeError.self) {
      try file.stateDictionary(prefix: "a.", as: Float.self)
    }
    #expect(shape?.key == "a.weight" && shape?.found == "F32 of shape [1, 2]")
    let count = #expect(throws: InterchangeError.self) {
      try file.stateDictionary(prefix: "b.", as: Float.self)
    }
    #expect(count?.reason == .shape && count?.found == "F32 of shape []")
    let none = #expect(throws: InterchangeError.self) {
      try file.stateDictionary(prefix: "c.", as: Float.self)
    }
    #expect(none?.reason == .missingKey)
    #expect(none?.localizedDescription == none?.description)
  }
}
