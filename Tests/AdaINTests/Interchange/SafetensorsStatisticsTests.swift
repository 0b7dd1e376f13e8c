import AdaIN
import TestSupport
import Testing

@Suite struct SafetensorsStatisticsTests {
  @Test func statisticsAndMomentsReturnToTheBit() throws {
    var statistics = StyleStatistics(try Tensor3<Float>.random(TensorShape(2, 3, 1000), seed: 1))
    try statistics.merge(StyleStatistics(numFeatures: 3, batchSize: 2))
    let empty = StyleStatistics(numFeatures: 4)
    var file = SafetensorsFile(source: "x")
    file.store(statistics, prefix: "voice.")
    file.store(empty, prefix: "empty.")
    file.store(try statistics.moments(), prefix: "moments.")
    let again = try SafetensorsFile(bytes: file.encoded(), source: "x")
    #expect(try again.statistics(prefix: "voice.") == statistics)
    #expect(try again.statistics(prefix: "empty.") == empty)
    #expect(try again.moments(prefix: "moments.") == statistics.moments())
    #expect(try again.array("voice.mean").shape == [2, 3])
  }

  @Test func filesFromElsewhereMayLeaveOutWhatIsOptional() throws {
    var file = SafetensorsFile(source: "x")
    file["mean"] = try StoredArray([1, 2] as [Float])
    file["std"] = try StoredArray([3, 4] as [Float])
    #expect(try file.moments() == StyleMoments(mean: [1, 2], standardDeviation: [3, 4]))
    file["count"] = try StoredArray(integers: [5, 5] as [Int64])
    file["sum_of_squares"] = try StoredArray([10, 20] as [Double])
    #expect(try file.statistics().variance() == [2, 4])
    file["sum_of_squares"] = try StoredArray([10, -20] as [Double])
    #expect(
      throws: InterchangeError(
        .conversion, source: "x", key: "sum_of_squares", expected: "values of 0 or more", found: "-20.0")
    ) { try file.statistics() }
    file["std"] = try StoredArray([3, 4, 5] as [Float])
    #expect(
      throws: InterchangeError(.shape, source: "x", key: "std", expected: "shape [1, 2]", found: "[3]")
    ) { try file.moments() }
    file["mean"] = nil
    #expect(throws: InterchangeError.self) { try file.moments() }
  }
}
