// `import AdaIN` alone is enough: tensors, the normalisation layer and the files of arrays come with it.
@_exported public import InstanceNorm
@_exported public import TensorFiles
@_exported public import Tensors
