const each = (module: string, names: string): string[] => names.split(' ').map((name) => `${module}.${name}`)

/** Classes of which only the attributes are kept. */
const CLASSES = new Set([
  ...each('torchxrayvision.models', 'DenseNet _DenseBlock _DenseLayer _Transition ResNet'),
  ...each('torchvision.models.densenet', 'DenseNet _DenseBlock _DenseLayer _Transition'),
  ...each('torchvision.models.resnet', 'ResNet BasicBlock Bottleneck'),
  ...each('torch.nn.modules.container', 'Sequential ModuleList ModuleDict'),
  ...each('torch.nn.modules.conv', 'Conv2d'),
  ...each('torch.nn.modules.batchnorm', 'BatchNorm2d'),
  ...each('torch.nn.modules.activation', 'ReLU Sigmoid'),
  ...each('torch.nn.modules.pooling', 'MaxPool2d AvgPool2d AdaptiveAvgPool2d'),
  ...each('torch.nn.modules.linear', 'Linear Identity'),
  ...each('torch.nn.modules.dropout', 'Dropout Dropout2d'),
  ...each('torch.nn.modules.upsampling', 'Upsample'),
  ...each('torch.nn.parallel.data_parallel', 'DataParallel'),
])

/** Functions and types that the reader has its own harmless word for. */
const REBUILT = new Set([
  ...['collections.OrderedDict', '__builtin__.set', 'builtins.set', 'torch.Size'],
  ...each('torch._utils', '_rebuild_tensor _rebuild_tensor_v2 _rebuild_parameter'),
  'torch.nn.parameter.Parameter',
])

/** Attributes that a network may carry and that no one needs here: recognised, and left empty. */
const IGNORED = new Set([
  'torch.nn.backends.thnn._get_thnn_function_backend',
  ...['torch.device', 'torch.float32', '_codecs.encode'],
  ...each('numpy.core.multiarray', '_reconstruct scalar'),
  ...each('numpy._core.multiarray', '_reconstruct scalar'),
  ...each('numpy', 'ndarray dtype'),
])

/** Bytes of one element. */
const STORAGES: Readonly<Record<string, number>> = {
  'torch.FloatStorage': 4,
  'torch.DoubleStorage': 8,
  'torch.HalfStorage': 2,
  'torch.BFloat16Storage': 2,
  'torch.LongStorage': 8,
  'torch.IntStorage': 4,
  'torch.ShortStorage': 2,
  'torch.CharStorage': 1,
  'torch.ByteStorage': 1,
  'torch.BoolStorage': 1,
}

/** Bytes of one element of a storage type; undefined when it is none. */
export const elementBytes = (name: string): number | undefined =>
  Object.hasOwn(STORAGES, name) ? STORAGES[name] : undefined

export const isClass = (name: string): boolean => CLASSES.has(name)
export const isIgnored = (name: string): boolean => IGNORED.has(name)

/** Whether a checkpoint may mention the name at all. */
export const isKnown = (name: string): boolean =>
  CLASSES.has(name) || REBUILT.has(name) || IGNORED.has(name) || elementBytes(name) !== undefined
