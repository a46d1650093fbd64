import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { DataSet } from '../../src/dicom/data-set.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { decodeFrames } from '../../src/dicom/pixels.ts'
import { type Radiograph, radiographOf } from '../../src/dicom/radiograph.ts'
import { corpus, describeWith } from '../support/needs.ts'
import { part10, tinyDx } from '../support/part10.ts'

async function radiograph(file: Uint8Array): Promise<Radiograph> {
  return radiographOf(await decodeFrames(file, { frames: 'first' }), parseHeader(file))
}

const wide = (values: number[], change: DataSet = {}): DataSet =>
  tinyDx({
    ...{ Rows: 2, Columns: 2, BitsAllocated: 16, BitsStored: 12, HighBit: 11 },
    ...{ PixelData: new Uint8Array(Uint16Array.from(values).buffer), ...change },
  })

test('bits above the high bit are no part of a pixel', async () => {
  const { pixels } = await radiograph(part10(wide([0xf000, 0x1fff, 0x0123, 0x0fff])))
  expect(Array.from(pixels)).toEqual([0, 0xfff, 0x123, 0xfff])
})

test('the high bit is the sign of a signed pixel', async () => {
  const { pixels } = await radiograph(part10(wide([0x0fff, 0x0800, 0x07ff, 0xffff], { PixelRepresentation: 1 })))
  expect(Array.from(pixels)).toEqual([-1, -2048, 2047, -1])
})

test('bits below those stored are no part of a pixel', async () => {
  const { pixels } = await radiograph(part10(wide([0xfff0, 0x123f, 0, 0x8000], { HighBit: 15 })))
  expect(Array.from(pixels)).toEqual([0xfff, 0x123, 0, 0x800])
})

test('of colour the first sample is taken', async () => {
  const change = { Rows: 1, Columns: 2, SamplesPerPixel: 3, PhotometricInterpretation: 'RGB', PlanarConfiguration: 0 }
  const { pixels, photometric } = await radiograph(
    part10(tinyDx({ ...change, PixelData: Uint8Array.of(1, 2, 3, 4, 5, 6) })),
  )
  expect(Array.from(pixels)).toEqual([1, 4])
  expect(photometric).toBe('MONOCHROME2')
})

test('an image of palette colours is no radiograph', async () => {
  const file = part10(tinyDx({ PhotometricInterpretation: 'PALETTE COLOR' }))
  await expect(radiograph(file)).rejects.toThrow(expect.objectContaining({ code: 'PIXELS_UNREADABLE' }))
})

test.each([1, 32])('an image of %i bits a value is no radiograph', async (BitsAllocated) => {
  const size = { Rows: 4, Columns: 4, BitsAllocated, BitsStored: BitsAllocated, HighBit: BitsAllocated - 1 }
  const file = part10(tinyDx({ ...size, PixelData: new Uint8Array((16 * BitsAllocated) / 8) }))
  await expect(radiograph(file)).rejects.toThrow(`Bits Allocated of ${BitsAllocated} is no radiograph`)
})

test('pixel padding is a range, the right way round and within the bits stored', async () => {
  const padding = async (change: DataSet) => (await radiograph(part10(wide([0, 0, 0, 0], change)))).padding
  expect(await padding({})).toBeUndefined()
  expect(await padding({ PixelPaddingValue: 7 })).toEqual({ from: 7, to: 7 })
  expect(await padding({ PixelPaddingValue: 30, PixelPaddingRangeLimit: 0 })).toEqual({ from: 0, to: 30 })
  expect(await padding({ PixelRepresentation: 1, PixelPaddingValue: 0xf800 })).toEqual({ from: -2048, to: -2048 })
})

describeWith(['corpus'], 'a real image', () => {
  test('whose header says signed and whose codestream does not has its sign', async () => {
    const { pixels } = await radiograph(readFileSync(corpus('dicom/broken/pydicom__J2K_pixelrep_mismatch.dcm')))
    const sorted = pixels.toSorted()
    expect([sorted[0], sorted.at(-1)]).toEqual([-2000, 1896])
  })
})
