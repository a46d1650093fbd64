import { Failure } from '../../failure.ts'
import { elementBytes } from './known-names.ts'
import type { StoredTensor } from './python-value.ts'

/** Row-major. May be a view of the checkpoint: never written to. */
export type Tensor = { readonly shape: readonly number[]; readonly data: Float32Array }

const broken = (message: string) => new Failure('MODEL_INVALID', message)

/** IEEE 754 half precision. */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 0x1f, bits & 0x3ff]
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const READERS: Readonly<Record<string, (bytes: DataView, at: number) => number>> = {
  'torch.FloatStorage': (bytes, at) => bytes.getFloat32(at * 4, true),
  'torch.DoubleStorage': (bytes, at) => bytes.getFloat64(at * 8, true),
  'torch.HalfStorage': (bytes, at) => half(bytes.getUint16(at * 2, true)),
}

const productOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1)

/** Strides of a tensor whose values lie one after the other. */
function isContiguous({ shape, strides }: StoredTensor): boolean {
  let expected = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false
    expected *= shape[axis] ?? 0
  }
  return true
}

/** Where each value stands among the storage's elements, in row-major order. */
function* places(shape: readonly number[], strides: readonly number[]): Generator<number> {
  const [length, ...lengths] = shape
  const [stride = 0, ...inner] = strides
  if (length === undefined) return yield 0
  for (let i = 0; i < length; i++) for (const place of places(lengths, inner)) yield i * stride + place
}

/**
 * A tensor's values as float32, out of the checkpoint's storages; `name` is for the error only.
 * @throws Failure MODEL_INVALID when they are not there, or are no floating-point numbers
 */
export function tensorOf(name: string, stored: StoredTensor, storages: ReadonlyMap<string, Uint8Array>): Tensor {
  const { storage, shape } = stored
  const bytes = storages.get(storage.key)
  const read = Object.hasOwn(READERS, storage.type) ? READERS[storage.type] : undefined
  if (!read) throw broken(`${name} is a ${storage.type}, not floating-point numbers`)
  if (!bytes) throw broken(`the checkpoint is damaged: it lacks the numbers of ${name}`)
  const first = storage.offset + stored.offset
  const last =
    first + stored.strides.reduce((sum, stride, axis) => sum + stride * Math.max(0, (shape[axis] ?? 0) - 1), 0)
  const count = productOf(shape)
  if ((last + 1) * (elementBytes(storage.type) ?? 0) > bytes.length || count > bytes.length)
    throw broken(`the checkpoint is damaged: the numbers of ${name} end too early`)
  const start = bytes.byteOffset + first * 4
  // As PyTorch aligns them in its zip format; every platform Node runs on is little-endian.
  if (storage.type === 'torch.FloatStorage' && isContiguous(stored) && start % 4 === 0)
    return { shape, data: new Float32Array(bytes.buffer, start, count) }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const data = new Float32Array(count)
  if (isContiguous(stored)) for (let i = 0; i < count; i++) data[i] = read(view, first + i)
  else {
    let i = 0
    for (const place of places(shape, stored.strides)) data[i++] = read(view, first + place)
  }
  return { shape, data }
}
