// `import AdaIN` alone is enough: it brings tensors, the normalization layer and the files of arrays.
@_exported public import InstanceNorm
@_exported public import TensorFiles
@_exported public import Tensors
