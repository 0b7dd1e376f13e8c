// `import AdaIN` alone is enough: tensors and the normalisation layer come with it.
@_exported public import InstanceNorm
@_exported public import Tensors
