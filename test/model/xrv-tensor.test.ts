import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import type { Radiograph } from '../../src/dicom/radiograph.ts'
import { corpus, describeWith } from '../support/needs.ts'
import { xrvTensor } from '../support/xrv-tensor.ts'

type Reference = { raw_shape: [number, number]; load_image: { min: number; max: number; grid: number[][] } }

const GRID = [0, 1, 16, 48, 80, 111, 112, 144, 176, 208, 222, 223]

const radiographOf = (rows: number, columns: number, values: number[], more: Partial<Radiograph> = {}): Radiograph => ({
  rows,
  columns,
  bitsStored: 8,
  signed: false,
  photometric: 'MONOCHROME2',
  pixels: Uint8Array.from(values),
  ...more,
})

async function readPicture(name: string): Promise<Radiograph> {
  // libvips would apply the colour profile one of them carries.
  const picture = sharp(corpus(`png/${name}`), { ignoreIcc: true })
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true })
  const firstChannel = Array.from({ length: info.width * info.height }, (_, i) => data[i * info.channels] ?? 0)
  return radiographOf(info.height, info.width, firstChannel)
}

describeWith(['corpus'], "xrvTensor makes TorchXRayVision's own tensor of", () => {
  test.each([
    'kermany_NORMAL2-IM-1144-0001.jpeg',
    'kermany_person1499_virus_2609.jpeg',
    'kermany_person1501_virus_2611.jpeg',
    'kermany_person1712_bacteria_4529.jpeg',
    'nih_00000001_000-Cardiomegaly.png',
    'nih_00000001_000.xrvtest.png',
    'nih_00000001_001-Cardiomegaly-Emphysema.png',
    'nih_00000002_000-No_Finding.png',
    'nih_00000050_000.png',
    'nih_00000053_001.png',
  ])('%s, to within 0.001 of 2048', async (name) => {
    const references: { images: Record<string, Reference> } = JSON.parse(
      await readFile(corpus('xrv-preprocess-reference.json'), 'utf8'),
    )
    const reference = references.images[name]
    const radiograph = await readPicture(name)
    expect([radiograph.rows, radiograph.columns]).toEqual(reference?.raw_shape)
    const { data } = xrvTensor(radiograph, 224)
    const faults = GRID.flatMap((y, i) =>
      GRID.map((x, j) => Math.abs((data[y * 224 + x] ?? 0) - (reference?.load_image.grid[i]?.[j] ?? Number.NaN))),
    )
    expect(Math.max(...faults)).toBeLessThan(0.001)
    expect(Math.min(...data)).toBeCloseTo(reference?.load_image.min ?? Number.NaN, 2)
    expect(Math.max(...data)).toBeCloseTo(reference?.load_image.max ?? Number.NaN, 2)
  })

  test.each(['nih_00000001_000.xrvtest.png', 'nih_00000002_000-No_Finding.png'])('%s, every value', async (name) => {
    const bytes = await readFile(corpus(`xrv-tensors/${name}.f32`))
    const { data } = xrvTensor(await readPicture(name), 224)
    expect(bytes.length).toBe(data.length * 4)
    const faults = Array.from(data, (value, i) => Math.abs(value - bytes.readFloatLE(i * 4)))
    expect(Math.max(...faults)).toBeLessThan(0.001)
  })
})

test('the crop is the centre square, one pixel off centre as the reference takes it for odd sizes', () => {
  const crop = (rows: number, columns: number) => xrvTensor(radiographOf(rows, columns, []), 16).crop
  expect(crop(40, 60)).toEqual({ top: 0, left: 10, rows: 40, columns: 40 })
  expect(crop(61, 40)).toEqual({ top: 10, left: 0, rows: 40, columns: 40 })
  expect(crop(41, 60)).toEqual({ top: 0, left: 10, rows: 41, columns: 41 })
  expect(crop(1241, 1682)).toEqual({ top: 0, left: 221, rows: 1241, columns: 1241 })
})

test('MONOCHROME1 is turned round: its negative gives the same tensor', () => {
  const values = Array.from({ length: 32 * 32 }, (_, i) => (i * 7) % 256)
  const inverse = values.map((value) => 255 - value)
  const positive = xrvTensor(radiographOf(32, 32, values), 16).data
  expect(xrvTensor(radiographOf(32, 32, inverse, { photometric: 'MONOCHROME1' }), 16).data).toEqual(positive)
})

test('signed stored values span the same range as unsigned ones', () => {
  const values = Array.from({ length: 32 * 32 }, (_, i) => (i * 7) % 256)
  const signed = Int8Array.from(values, (value) => value - 128)
  const unsigned = xrvTensor(radiographOf(32, 32, values), 16).data
  expect(xrvTensor(radiographOf(32, 32, [], { pixels: signed, signed: true }), 16).data).toEqual(unsigned)
})

test.each([
  ['MONOCHROME1', 3],
  ['MONOCHROME2', 250],
] as const)('bright pixel padding is black in %s', (photometric, value) => {
  const padding = { from: value - 2, to: value + 2 }
  const padded = radiographOf(16, 16, new Array(256).fill(value), { photometric, padding })
  expect(new Set(xrvTensor(padded, 16).data)).toEqual(new Set([-1024]))
})

test('dark pixel padding stays as the reference has it', () => {
  const values = Array.from({ length: 256 }, (_, i) => i)
  const { data } = xrvTensor(radiographOf(16, 16, values, { padding: { from: 0, to: 30 } }), 16)
  expect(data).toEqual(xrvTensor(radiographOf(16, 16, values), 16).data)
})

test.each([
  // skimage.transform.resize([[1024, -1024], [-1024, 1024]], (4, 4), mode='constant', preserve_range=True)
  [
    'fades to 0 at its border',
    [1023, 0, 0, 1023],
    [576, 384, -384, -576, 384, 256, -256, -384, -384, -256, 256, 384, -576, -384, 384, 576],
  ],
  // The same of [[1024, 511.4995], [511.4995, 1024]]: 0 lies outside the picture's range, so nothing falls below 511.5.
  [
    'keeps to its own range',
    [1023, 767, 767, 1023],
    [
      576, 671.906, 511.5, 511.5, 671.906, 831.812, 703.687, 511.5, 511.5, 703.687, 831.812, 671.906, 511.5, 511.5,
      671.906, 576,
    ],
  ],
])('a picture smaller than the model wants is not smoothed and %s', (_, values, expected) => {
  const radiograph = radiographOf(2, 2, [], { bitsStored: 10, pixels: Uint16Array.from(values) })
  const { data } = xrvTensor(radiograph, 4)
  expected.forEach((value, i) => {
    expect(data[i]).toBeCloseTo(value, 2)
  })
})
