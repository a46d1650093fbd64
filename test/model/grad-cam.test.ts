import { expect, test } from 'vitest'
import { gradCam, gradCamDenseNet, gradCamResNet } from '../../src/model/grad-cam.ts'

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

test('of a ResNet each feature counts everywhere, by its classifier weight over the area', () => {
  const features = { channels: 2, rows: 1, columns: 2, data: Float32Array.of(1, 2, 4, 8) }
  expect(Array.from(gradCamResNet(features, Float32Array.of(2, -1)))).toEqual([0, 0])
  expect(Array.from(gradCamResNet(features, Float32Array.of(2, 1)))).toEqual([3, 6])
  expect(() => gradCamResNet(features, Float32Array.of(1))).toThrow(RangeError)
})

test("the manifest's word decides how a map is made: negatives of a DenseNet's features lessen their weight", () => {
  const features = { channels: 1, rows: 1, columns: 2, data: Float32Array.of(4, -2) }
  expect(Array.from(gradCam(features, Float32Array.of(2), true))).toEqual([2, 0])
  expect(Array.from(gradCam(features, Float32Array.of(2), false))).toEqual([4, 0])
})
