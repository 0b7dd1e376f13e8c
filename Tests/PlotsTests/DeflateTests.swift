import Testing

@testable import AdaIN
@testable import Plots
