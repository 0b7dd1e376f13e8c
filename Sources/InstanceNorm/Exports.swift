// `import InstanceNorm` alone is enough: tensors come with it.
@_exported public import Tensors
