import { expect, test } from 'vitest'
import type { StoredTensor } from '../../src/model/torch/python-value.ts'
import { tensorOf } from '../../src/model/torch/tensor.ts'

const stored = (type: string, shape: number[], strides: number[], offset = 0): StoredTensor => ({
  ...{ is: 'tensor', offset, shape, strides },
  storage: { is: 'storage', type: `torch.${type}Storage`, key: '0', offset: 0, count: 6 },
})
const read = (tensor: StoredTensor, bytes: Uint8Array) =>
  Array.from(tensorOf('w', tensor, new Map([['0', bytes]])).data)
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer)

test('a tensor is read in its own order, whether its values lie that way or transposed', () => {
  const bytes = floats(1, 2, 3, 4, 5, 6)
  expect(read(stored('Float', [2, 3], [3, 1]), bytes)).toEqual([1, 2, 3, 4, 5, 6])
  expect(read(stored('Float', [3, 2], [1, 3]), bytes)).toEqual([1, 4, 2, 5, 3, 6])
  expect(read(stored('Float', [2], [2], 1), bytes)).toEqual([2, 4])
  expect(read(stored('Float', [], []), bytes)).toEqual([1])
})

test('numbers that do not lie at a multiple of four are read the same', () => {
  const shifted = new Uint8Array(25)
  shifted.set(floats(1, 2, 3, 4, 5, 6), 1)
  expect(read(stored('Float', [6], [1]), shifted.subarray(1))).toEqual([1, 2, 3, 4, 5, 6])
})

test('double and half precision become float32', () => {
  expect(read(stored('Double', [2], [1]), new Uint8Array(Float64Array.of(0.5, -3).buffer))).toEqual([0.5, -3])
  // 1, −2, 65504, the least subnormal, infinity.
  const halves = new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00).buffer)
  expect(read(stored('Half', [5], [1]), halves)).toEqual([1, -2, 65504, 2 ** -24, Number.POSITIVE_INFINITY])
})

test.each<[string, StoredTensor, RegExp]>([
  ['numbers that end too early', stored('Float', [7], [1]), /numbers of w end too early/],
  ['a stride beyond the end', stored('Float', [2], [6]), /numbers of w end too early/],
  ['more values than there are bytes', stored('Float', [1_000_000, 1_000_000], [0, 0]), /numbers of w end too early/],
  ['whole numbers', stored('Long', [1], [1]), /w is a torch\.LongStorage/],
])('a tensor of %s is refused', (_, tensor, message) => {
  const error = { code: 'MODEL_INVALID', message: expect.stringMatching(message) }
  expect(() => read(tensor, floats(1, 2, 3, 4, 5, 6))).toThrow(expect.objectContaining(error))
})

test('a tensor whose storage is not there is refused', () => {
  expect(() => tensorOf('w', stored('Float', [1], [1]), new Map())).toThrow(/lacks the numbers of w/)
})
