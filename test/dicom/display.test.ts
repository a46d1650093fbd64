import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { DataSet } from '../../src/dicom/data-set.ts'
import { displayGrey, shadesOf } from '../../src/dicom/display.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { histogramOf } from '../../src/dicom/histogram.ts'
import { decodeFrames } from '../../src/dicom/pixels.ts'
import { radiographOf } from '../../src/dicom/radiograph.ts'
import { corpus, describeWith } from '../support/needs.ts'
import { part10, tinyDx } from '../support/part10.ts'

async function shown(file: Uint8Array): Promise<Uint8Array> {
  const header = parseHeader(file)
  const radiograph = radiographOf(await decodeFrames(file, { frames: 'first' }), header)
  return displayGrey(radiograph, shadesOf(radiograph, header, histogramOf(radiograph)))
}
const greyOf = async (change: DataSet) => Array.from(await shown(part10(tinyDx(change))))
const ramp = Array.from({ length: 16 }, (_, i) => i * 17)
const FULL = { WindowCenter: '128', WindowWidth: '256' }

describe('polarity', () => {
  test('MONOCHROME2 shows its lowest value black', async () => {
    expect(await greyOf(FULL)).toEqual(ramp)
    expect(await greyOf({ ...FULL, PresentationLUTShape: 'IDENTITY' })).toEqual(ramp)
  })

  test('MONOCHROME1 shows its lowest value white, and INVERSE does not turn it back', async () => {
    const negative = ramp.toReversed()
    expect(await greyOf({ ...FULL, PhotometricInterpretation: 'MONOCHROME1' })).toEqual(negative)
    const dx = { ...FULL, PhotometricInterpretation: 'MONOCHROME1', PresentationLUTShape: 'INVERSE' }
    expect(await greyOf(dx)).toEqual(negative)
  })

  test('INVERSE alone turns MONOCHROME2 round', async () => {
    expect(await greyOf({ ...FULL, PresentationLUTShape: 'INVERSE' })).toEqual(ramp.toReversed())
  })
})

describe('the VOI LUT', () => {
  // PS3.3 C.11.2.1.2.1: centre 128, width 103 reaches from 76.5 to 178.5.
  test('LINEAR is 0 up to its lower end, 255 above its upper, straight between', async () => {
    const grey = await greyOf({ WindowCenter: '128', WindowWidth: '103' })
    expect(grey.slice(0, 5)).toEqual([0, 0, 0, 0, 0])
    expect(grey[5]).toBe(Math.round((255 * (85 - 76.5)) / 102))
    expect(grey.slice(11)).toEqual([255, 255, 255, 255, 255])
  })

  test('LINEAR_EXACT takes the width as it stands', async () => {
    const grey = await greyOf({ WindowCenter: '128', WindowWidth: '102', VOILUTFunction: 'LINEAR_EXACT' })
    expect(grey[5]).toBe(Math.round((255 * (85 - 77)) / 102))
  })

  test('SIGMOID is half way at its centre and never quite at its ends', async () => {
    const grey = await greyOf({ WindowCenter: '119', WindowWidth: '200', VOILUTFunction: 'SIGMOID' })
    expect(grey[7]).toBe(128)
    expect(grey[0]).toBe(Math.round(255 / (1 + Math.exp(2.38))))
  })

  test('applies after the rescale', async () => {
    const rescaled = { RescaleSlope: '2', RescaleIntercept: '-1000', WindowCenter: '-744.5', WindowWidth: '511' }
    expect(await greyOf(rescaled)).toEqual(ramp)
  })

  test('of a sequence goes before a window, and its ends hold for what lies beyond', async () => {
    const table = { LUTDescriptor: [3, 85, 8], LUTData: [0, 51, 255] }
    const grey = await greyOf({ ...FULL, VOILUTSequence: [table] })
    expect(grey.slice(0, 7)).toEqual([0, 0, 0, 0, 0, 0, 255])
  })

  test('that lies beside all pixels is not used: nothing could be seen', async () => {
    const grey = await greyOf({ WindowCenter: '4000', WindowWidth: '100' })
    expect([grey[0], grey.at(-1)]).toEqual([0, 255])
  })

  test('without one the range of the pixels is shown', async () => {
    const grey = await greyOf({ PixelData: Uint8Array.from({ length: 16 }, (_, i) => 100 + i) })
    expect([grey[0], grey.at(-1)]).toEqual([0, 255])
    expect(await greyOf({ PixelData: new Uint8Array(16).fill(9) })).toHaveLength(16)
  })
})

test('a Modality LUT is looked up, in words of 16 bits', async () => {
  const table = { LUTDescriptor: [256, 0, 16], LUTData: Array.from({ length: 256 }, (_, i) => i * 100) }
  const grey = await greyOf({ ModalityLUTSequence: [table], WindowCenter: '12800', WindowWidth: '25501' })
  grey.forEach((value, i) => {
    expect(Math.abs(value - i * 17)).toBeLessThanOrEqual(1)
  })
})

test('pixel padding is black and does not widen the range', async () => {
  const pixels = Uint8Array.from([255, 255, ...Array.from({ length: 14 }, (_, i) => 10 + i)])
  for (const PhotometricInterpretation of ['MONOCHROME1', 'MONOCHROME2']) {
    const grey = await greyOf({ PixelData: pixels, PixelPaddingValue: 255, PhotometricInterpretation })
    expect(grey.slice(0, 2)).toEqual([0, 0])
    expect([grey[2], grey.at(-1)].toSorted()).toEqual([0, 255])
  }
})

describeWith(['corpus'], 'a real radiograph', () => {
  test('in MONOCHROME1 with a Modality LUT, a window and INVERSE shows lungs dark and spine bright', async () => {
    const grey = await shown(readFileSync(corpus('dicom/chest/Registration__cxr.dcm')))
    const mean = (top: number, left: number) => {
      const rows = Array.from({ length: 100 }, (_, y) =>
        grey.slice((top + y) * 1760 + left, (top + y) * 1760 + left + 100),
      )
      return rows.flatMap((row) => Array.from(row)).reduce((sum, value) => sum + value, 0) / 10_000
    }
    const [spine, lung] = [mean(1350, 760), mean(1350, 1200)]
    expect(spine).toBeGreaterThan(lung + 60)
  })
})
