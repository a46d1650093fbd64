/** A model's last feature map: `data` is channels × rows × columns. */
export type FeatureMap = {
  readonly channels: number
  readonly rows: number
  readonly columns: number
  readonly data: Float32Array
}

/**
 * Grad-CAM (Selvaraju 2017) without a backward pass for a DenseNet: `features` before the last ReLU, which global
 * average pooling and one linear layer follow; `weights` is that layer's row for one label. The gradient of the logit
 * is the weight over the area wherever a feature is positive, and nothing elsewhere. rows × columns, never negative.
 */
export function gradCamDenseNet(features: FeatureMap, weights: Float32Array): Float32Array {
  const { channels, rows, columns, data } = features
  const area = rows * columns
  if (data.length !== channels * area || weights.length !== channels)
    throw new RangeError('the feature map and the classifier have different channels')
  const map = new Float64Array(area)
  for (let channel = 0; channel < channels; channel++) {
    const begin = channel * area
    let positive = 0
    for (let at = 0; at < area; at++) if ((data[begin + at] ?? 0) > 0) positive++
    const alpha = ((weights[channel] ?? 0) / area) * (positive / area)
    for (let at = 0; at < area; at++) map[at] = (map[at] ?? 0) + alpha * (data[begin + at] ?? 0)
  }
  return Float32Array.from(map, (value) => Math.max(0, value))
}

/**
 * Grad-CAM of a ResNet: `features` is the last block's output, which global average pooling and one linear layer follow
 * directly, so that a logit's gradient is the weight over the area everywhere. rows × columns, never negative.
 */
export function gradCamResNet(features: FeatureMap, weights: Float32Array): Float32Array {
  const { channels, rows, columns, data } = features
  const area = rows * columns
  if (data.length !== channels * area || weights.length !== channels)
    throw new RangeError('the feature map and the classifier have different channels')
  const map = new Float64Array(area)
  for (let channel = 0; channel < channels; channel++) {
    const alpha = (weights[channel] ?? 0) / area
    for (let at = 0; at < area; at++) map[at] = (map[at] ?? 0) + alpha * (data[channel * area + at] ?? 0)
  }
  return Float32Array.from(map, (value) => Math.max(0, value))
}

/** The map of one label; `relu`: whether a ReLU lies between the feature map and the pooling. */
export const gradCam = (features: FeatureMap, weights: Float32Array, relu: boolean): Float32Array =>
  relu ? gradCamDenseNet(features, weights) : gradCamResNet(features, weights)
