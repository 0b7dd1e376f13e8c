#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// One entry of a layer's state dictionary.
public enum StateEntry<Scalar: Equatable & Sendable>: Equatable, Sendable {
  /// A tensor of shape (C).
  case values([Scalar])
  /// An integer of shape (), such as `num_batches_tracked`.
  case count(Int)
}

/// An error for a state dictionary that does not fit a layer; it names every key that is missing, unexpected or of the
/// wrong size.
public struct StateError: Error, Hashable, Sendable, CustomStringConvertible, LocalizedError {
  /// The whole message.
  public let description: String

  /// The whole message.
  public var errorDescription: String? { description }

  init(_ problems: [String]) {
    description = "Error(s) in loading the state dictionary: " + problems.joined(separator: "; ")
  }
}

extension InstanceNorm1d {
  /// The keys of a state dictionary, as PyTorch writes them.
  enum StateKey: String, CaseIterable {
    case weight
    case bias
    case runningMean = "running_mean"
    case runningVar = "running_var"
    case numBatchesTracked = "num_batches_tracked"
  }

  /// The layer's state under PyTorch's keys: `weight`, `bias`, `running_mean`, `running_var` (shape (C)) and
  /// `num_batches_tracked` (an integer), as far as the layer has them.
  public var stateDictionary: [String: StateEntry<Scalar>] {
    var state: [String: StateEntry<Scalar>] = [:]
    state[StateKey.weight.rawValue] = weight.map { .values($0) }
    state[StateKey.bias.rawValue] = bias.map { .values($0) }
    state[StateKey.runningMean.rawValue] = runningMean.map { .values($0) }
    state[StateKey.runningVar.rawValue] = runningVar.map { .values($0) }
    state[StateKey.numBatchesTracked.rawValue] = numBatchesTracked.map { .count($0) }
    return state
  }

  /// Takes over a state dictionary with PyTorch's keys.
  ///
  /// - Parameters:
  ///   - state: Entries by key.
  ///   - version: The version that PyTorch stores in the dictionary's metadata for norm layers. Checkpoints below
  ///     version 2 (before PyTorch 0.4.1) have no `num_batches_tracked`; the layer's own count then stays.
  ///   - strict: Whether keys that are missing or that the layer does not have are errors.
  /// - Throws: ``StateError`` that names every problem; the layer is then unchanged.
  public mutating func loadStateDictionary(
    _ state: [String: StateEntry<Scalar>], version: Int = 2, strict: Bool = true
  ) throws(StateError) {
    var problems: [String] = []
    var loaded: [StateKey: StateEntry<Scalar>] = [:]
    let own = stateDictionary
    for key in StateKey.allCases where own[key.rawValue] != nil {
      guard let entry = state[key.rawValue] else {
        if strict, key != .numBatchesTracked || version >= 2 {
          problems.append("missing key \(key.rawValue)")
        }
        continue
      }
      if let problem = problem(with: entry, for: key) {
        problems.append(problem)
      } else {
        loaded[key] = entry
      }
    }
    if strict {
      problems += state.keys.filter { own[$0] == nil }.sorted().map { unexpected($0) }
    }
    if !problems.isEmpty { throw StateError(problems) }
    for (key, entry) in loaded { take(entry, for: key) }
  }

  private func unexpected(_ key: String) -> String {
    let isRunning = key == StateKey.runningMean.rawValue || key == StateKey.runningVar.rawValue
    return isRunning && !trackRunningStats
      ? "unexpected running statistics \(key) for a layer with trackRunningStats false "
        + "(PyTorch kept them by default before 0.4.0: remove them, or create the layer with trackRunningStats true)"
      : "unexpected key \(key)"
  }

  private func problem(with entry: StateEntry<Scalar>, for key: StateKey) -> String? {
    switch entry {
    case .values(let values):
      if key == .numBatchesTracked {
        return "expected an integer for \(key.rawValue), found \(values.count) values"
      }
      return values.count == numFeatures
        ? nil : "expected \(numFeatures) values for \(key.rawValue), found \(values.count)"
    case .count(let count):
      if key != .numBatchesTracked {
        return "expected \(numFeatures) values for \(key.rawValue), found an integer"
      }
      return count >= 0 ? nil : "expected \(key.rawValue) of at least 0, found \(count)"
    }
  }

  private mutating func take(_ entry: StateEntry<Scalar>, for key: StateKey) {
    switch (key, entry) {
    case (.weight, .values(let values)): weight = values
    case (.bias, .values(let values)): bias = values
    case (.runningMean, .values(let values)): runningMean = values
    case (.runningVar, .values(let values)): runningVar = values
    case (.numBatchesTracked, .count(let count)): numBatchesTracked = count
    default: break
    }
  }
}
