import { expect, test } from 'vitest'
import { gradCamDenseNet } from '../../src/model/grad-cam.ts'

test('weighs each feature by its classifier weight and by how much of it is positive, negatives included in the sum', () => {
  // By hand: α₀ = 2/4 · 3/4 = 0.375, α₁ = −1/4 · 2/4 = −0.125; the sum of α·A, nothing below 0.
  const features = { channels: 2, rows: 2, columns: 2, data: Float32Array.of(1, 2, -3, 4, -4, 8, 16, -2) }
  const map = gradCamDenseNet(features, Float32Array.of(2, -1))
  expect(Array.from(map)).toEqual([0.875, 0, 0, 1.75])
})

test('a label whose features are nowhere positive has an empty map', () => {
  const features = { channels: 1, rows: 2, columns: 2, data: Float32Array.of(-1, -2, -3, 0) }
  expect(Array.from(gradCamDenseNet(features, Float32Array.of(-5)))).toEqual([0, 0, 0, 0])
})

test('refuses weights of another number of channels', () => {
  const features = { channels: 1, rows: 1, columns: 1, data: Float32Array.of(1) }
  expect(() => gradCamDenseNet(features, Float32Array.of(1, 2))).toThrow(RangeError)
})
