import { expect, test } from 'vitest'
import {
  distance,
  encodeDistribution,
  everyFifthHeldOut,
  fitDistribution,
  LEAST_IMAGES,
  parseDistribution,
  pooledFeatures,
} from '../../src/model/distribution.ts'
import { random } from '../../src/model/phantom-random.ts'
import { principalComponents } from '../../src/model/principal-components.ts'

const CHANNELS = 40

/** Features that vary much in two directions and little in all others. */
function samplesOf(count: number, seed: number): Float64Array[] {
  const stream = random(seed, 'features')
  const normal = () => Array.from({ length: 12 }, () => stream.next()).reduce((sum, each) => sum + each, -6)
  return Array.from({ length: count }, () => {
    const [a, b] = [5 * normal(), 3 * normal()]
    return Float64Array.from(
      { length: CHANNELS },
      (_, i) => 10 + a * Math.sin(i) + b * Math.cos(2 * i) + 0.1 * normal(),
    )
  })
}

test('the principal components are the directions in which the samples vary, at right angles and of length 1', () => {
  const samples = samplesOf(300, 1)
  const mean = Float64Array.from(
    { length: CHANNELS },
    (_, i) => samples.reduce((sum, each) => sum + (each[i] ?? 0), 0) / 300,
  )
  const { components, variances } = principalComponents(
    samples.map((sample) => sample.map((value, i) => value - (mean[i] ?? 0))),
    3,
  )
  const [first, second] = [components.subarray(0, CHANNELS), components.subarray(CHANNELS, 2 * CHANNELS)]
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)
  const sine = Float64Array.from({ length: CHANNELS }, (_, i) => Math.sin(i))
  expect(Math.abs(dot(first, sine)) / Math.sqrt(dot(sine, sine))).toBeCloseTo(1, 1)
  expect(dot(first, first)).toBeCloseTo(1, 6)
  expect(dot(first, second)).toBeCloseTo(0, 6)
  const [a = 0, b = 0, c = 0] = variances
  expect(a).toBeGreaterThan(b)
  expect(b).toBeGreaterThan(100 * c)
})

test('what is like the samples lies below the limit; a step along a quiet direction lies far beyond it', () => {
  const distribution = fitDistribution(everyFifthHeldOut(samplesOf(500, 1)), 0.99)
  expect(distribution).toMatchObject({ fitted: 400, heldOut: 100, quantile: 0.99 })
  const others = samplesOf(400, 2).map((sample) => distance(distribution, sample))
  expect(others.filter((each) => each > distribution.limit).length).toBeLessThan(20)
  const [odd = new Float64Array()] = samplesOf(1, 3)
  odd[7] = (odd[7] ?? 0) + 5
  expect(distance(distribution, odd)).toBeGreaterThan(3 * distribution.limit)
})

test('a channel that never varied does not make everything infinitely far', () => {
  const still = samplesOf(100, 1).map((sample) => sample.with(3, 0))
  const distribution = fitDistribution(everyFifthHeldOut(still), 0.99)
  expect(Number.isFinite(distance(distribution, still[0] ?? new Float64Array()))).toBe(true)
})

test('too few images are not fitted to', () => {
  expect(() => fitDistribution(everyFifthHeldOut(samplesOf(LEAST_IMAGES - 1, 1)), 0.99)).toThrow(/at least 60/)
})

test('a distribution is written and read with the same distances, and one that is cut short is refused', () => {
  const distribution = fitDistribution(everyFifthHeldOut(samplesOf(200, 1)), 0.99)
  const text = encodeDistribution(distribution)
  const [sample = new Float64Array()] = samplesOf(1, 5)
  expect(distance(parseDistribution(text), sample)).toBeCloseTo(distance(distribution, sample), 3)
  const cut = JSON.stringify({ ...JSON.parse(text), components: 7 })
  expect(() => parseDistribution(cut)).toThrow(expect.objectContaining({ code: 'MODEL_INVALID' }))
})

test('pooled features are what the classifier sees: the mean of each channel, after its ReLU where there is one', () => {
  const features = { channels: 2, rows: 1, columns: 2, data: Float32Array.from([-1, 3, -2, -4]) }
  expect(Array.from(pooledFeatures(features, true))).toEqual([1.5, 0])
  expect(Array.from(pooledFeatures(features, false))).toEqual([1, -3])
})
