import { expect, test } from 'vitest'
import { readConfig } from '../../src/config/read-config.ts'
import type { Radiograph } from '../../src/dicom/radiograph.ts'
import { drawPhantom } from '../../src/model/phantom.ts'
import { judgePixels } from '../../src/quality/judge-pixels.ts'
import { measurePixels } from '../../src/quality/measure-pixels.ts'
import { declineOf } from '../../src/study/quality.ts'

const { quality: byDefault } = readConfig(undefined, {})
const phantom = drawPhantom({ seed: 11, size: 256, photometric: 'MONOCHROME2' })

/** The phantom with other pixels, by place and value. */
const changed = (value: (pixel: number, row: number, column: number) => number): Radiograph => ({
  ...phantom,
  pixels: phantom.pixels.map((pixel, at) => value(pixel, Math.floor(at / phantom.columns), at % phantom.columns)),
})
const declinedOf = (radiograph: Radiograph, modelSize = 224, saidFrontal = false) =>
  declineOf(judgePixels({ measures: measurePixels(radiograph), modelSize, saidFrontal }, byDefault))

test('a radiograph passes', () => {
  expect(declinedOf(phantom)).toBeUndefined()
})

test.each<[string, string, () => Radiograph]>([
  ['of one value', 'IMAGE_CONSTANT', () => changed(() => 2000)],
  ['that uses a twentieth of its bits', 'IMAGE_CONSTANT', () => changed((pixel) => Math.round(pixel / 25))],
  ['whose lungs are plain black', 'IMAGE_SATURATED', () => changed((pixel) => Math.max(2400, pixel))],
  ['that is mostly plain white', 'IMAGE_SATURATED', () => changed((pixel) => Math.min(1500, pixel))],
  [
    'with a grey panel',
    'SCREEN_CAPTURE',
    () => changed((pixel, _, column) => (column < phantom.columns / 4 ? 900 : pixel)),
  ],
])('an image %s is declined as %s', (_, code, make) => {
  expect(declinedOf(make())).toBe(code)
})

test('an image with fewer pixels than the model looks at is declined as IMAGE_TOO_SMALL', () => {
  expect(declinedOf(phantom, 257)).toBe('IMAGE_TOO_SMALL')
})

test('a black margin, a white one and padding are no screen', () => {
  const framed = changed((pixel, _, column) => (column < 64 ? 0 : column > phantom.columns - 32 ? 4095 : pixel))
  expect(measurePixels(framed).flatShare).toBe(0)
  const padded = changed((pixel, _, column) => (column < 64 ? 900 : pixel))
  expect(measurePixels({ ...padded, padding: { from: 900, to: 900 } }).flatShare).toBe(0)
})

test('what cannot be measured declines', () => {
  const measures = { ...measurePixels(phantom), flatShare: Number.NaN }
  const verdicts = judgePixels({ measures, modelSize: 224, saidFrontal: false }, byDefault)
  expect(declineOf(verdicts)).toBe('QUALITY_UNKNOWN')
})
