import { describe, expect, test } from 'vitest'
import { encodeNpy } from '../../src/model/npy.ts'
import { occlusionMaps } from '../../src/model/occlusion.ts'
import { smoothGrad } from '../../src/model/smooth-grad.ts'
import { xrvInput } from '../support/xrv-tensor.ts'

const SIZE = 48
/** Bright in one square, dark elsewhere. */
const tensor = Float32Array.from({ length: SIZE * SIZE }, (_, i) => {
  const [row, column] = [Math.floor(i / SIZE), i % SIZE]
  return row >= 32 && row < 40 && column >= 8 && column < 16 ? 800 : -500
})
const hottest = (values: Float32Array) => values.indexOf(Math.max(...values))

describe('occlusion', () => {
  test('is hottest where covering costs a label most, and empty for a label that nothing moves', async () => {
    // One label counts what is bright; the other answers the same whatever it sees.
    const logitsOf = async (given: Float32Array) => [given.filter((value) => value > 0).length, 3]
    const [bright, constant] = await occlusionMaps(logitsOf, tensor, xrvInput(SIZE))
    expect([bright?.rows, bright?.columns]).toEqual([12, 12])
    const at = hottest(bright?.values ?? new Float32Array(0))
    expect([Math.floor(at / 12), at % 12]).toEqual([8, 2])
    expect(constant?.values.every((value) => value === 0)).toBe(true)
  })

  test('covers the same place of every channel, whichever comes first in the tensor', async () => {
    const colours = { ...xrvInput(SIZE), channels: 3 as const }
    const planes = Float32Array.from({ length: 3 * SIZE * SIZE }, (_, i) => tensor[i % (SIZE * SIZE)] ?? 0)
    const mixed = Float32Array.from({ length: 3 * SIZE * SIZE }, (_, i) => tensor[Math.floor(i / 3)] ?? 0)
    const logitsOf = async (given: Float32Array) => [given.filter((value) => value > 0).length]
    const [first] = await occlusionMaps(logitsOf, planes, colours)
    const [last] = await occlusionMaps(logitsOf, mixed, { ...colours, layout: 'NHWC' })
    expect(last?.values).toEqual(first?.values)
  })
})

describe('SmoothGrad', () => {
  const options = { labels: 2, size: SIZE, range: [-1024, 1024] as const }

  test('is the same every time, for its noise is seeded, and never leaves the range of an image', async () => {
    const given: Float32Array[] = []
    const gradientOf = async (noisy: Float32Array) => {
      given.push(noisy)
      return Float32Array.from({ length: 2 * noisy.length }, (_, i) => (i < noisy.length ? (noisy[i] ?? 0) : 0))
    }
    const once = await smoothGrad(gradientOf, tensor, options)
    expect(await smoothGrad(gradientOf, tensor, options)).toEqual(once)
    expect(given).toHaveLength(16)
    expect(given[0]).not.toEqual(given[1])
    for (const noisy of given) expect(noisy.every((value) => value >= -1024 && value <= 1024)).toBe(true)
  })

  test('is 1 at its hottest, and all zero where no gradient comes through', async () => {
    const gradientOf = async (noisy: Float32Array) => {
      const gradient = new Float32Array(2 * noisy.length)
      gradient[20 * SIZE + 30] = -4
      return gradient
    }
    const [found, empty] = await smoothGrad(gradientOf, tensor, options)
    expect(hottest(found ?? new Float32Array(0))).toBe(20 * SIZE + 30)
    expect(found?.[20 * SIZE + 30]).toBe(1)
    // Blurred over 5 × 5.
    expect(found?.filter((value) => value > 0)).toHaveLength(25)
    expect(empty?.every((value) => value === 0)).toBe(true)
  })
})

test('a map is a NumPy file: float32, rows by columns, in C order, the data on a multiple of 64 bytes', () => {
  const npy = Buffer.from(encodeNpy(2, 3, Float32Array.of(0, 0.25, 0.5, 0.75, 1, 0)))
  expect(npy.subarray(0, 8)).toEqual(Buffer.from('\x93NUMPY\x01\x00', 'latin1'))
  const length = npy.readUInt16LE(8)
  expect((10 + length) % 64).toBe(0)
  const header = npy.subarray(10, 10 + length).toString('latin1')
  expect(header).toMatch(/^\{'descr': '<f4', 'fortran_order': False, 'shape': \(2, 3\), \} *\n$/)
  expect(npy.length).toBe(10 + length + 24)
  expect(npy.readFloatLE(10 + length + 12)).toBe(0.75)
})
