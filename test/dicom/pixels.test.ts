import { readFileSync } from 'node:fs'
import { deflateRawSync } from 'node:zlib'
import dcmjsCodecs from 'dcmjs-codecs'
import { describe, expect, test } from 'vitest'
import { pixelFacts } from '../../src/cli/pixel-facts.ts'
import { decodeFrame } from '../../src/dicom/codecs.ts'
import type { DataSet } from '../../src/dicom/data-set.ts'
import { decodeFrames, type StoredPixels } from '../../src/dicom/pixels.ts'
import { TransferSyntax } from '../../src/dicom/transfer-syntaxes.ts'
import { corpus, describeWith } from '../support/needs.ts'
import { encapsulated, part10, tinyDx } from '../support/part10.ts'

const SUPPORTED: readonly string[] = Object.values(TransferSyntax)
const unreadable = (message: RegExp) =>
  expect.objectContaining({ name: 'Failure', code: 'PIXELS_UNREADABLE', message: expect.stringMatching(message) })
const read = (path: string) => readFileSync(corpus(path))
const all = (file: Uint8Array) => decodeFrames(file, { frames: 'all' })

/** The least digits that give the same number in its own width, as Python writes it. */
function shortest(value: number, type: string): string {
  if (!type.startsWith('float')) return String(value)
  const digits = Array.from({ length: 17 }, (_, i) => value.toPrecision(i + 1))
  const same =
    type === 'float32'
      ? (text: string) => Math.fround(Number(text)) === value
      : (text: string) => Number(text) === value
  const text = String(Number(digits.find(same)))
  return text.includes('.') ? text : `${text}.0`
}

/** As `decode-reference.tsv` writes it. */
function described(stored: StoredPixels): string {
  const { shape, type, min, max, mean, sha256 } = pixelFacts(stored)
  const range = `min=${shortest(min, type)}|max=${shortest(max, type)}|mean=${mean.toFixed(4)}`
  return `${shape}|${type}|${range}|${sha256.slice(0, 32)}`
}

/** References where two decoders agree, or only one could: [file, reference, whether they agree]. */
function references(): [string, string, boolean][] {
  const lines = read('decode-reference.tsv').toString('utf8').trim().split('\n').slice(1)
  return lines.flatMap((line): [string, string, boolean][] => {
    const [file = '', syntax = '', first = '', second = '', agree = ''] = line.split('\t')
    return SUPPORTED.includes(syntax) && first.includes('|') && (agree === 'same' || second === 'n/a')
      ? [[file, first, agree === 'same']]
      : []
  })
}

describeWith(['corpus'], 'the stored values of real files are those of', () => {
  const agreed = references().filter(([, , same]) => same)
  const single = references().filter(([, , same]) => !same)

  test('117 files in 12 transfer syntaxes, which GDCM and DCMTK decode alike', () => {
    expect(agreed).toHaveLength(117)
  })

  test.each(agreed)('%s', async (file, reference) => {
    expect(described(await all(read(file)))).toBe(reference)
  })

  // Its header says signed and its codestream unsigned: GDCM extends the sign, which `radiographOf` does later.
  test.each(single.filter(([file]) => !file.includes('pixelrep_mismatch')))(
    '%s in JPEG 2000, which only GDCM decodes',
    async (file, reference) => {
      expect(described(await all(read(file)))).toBe(reference)
    },
  )

  test('one radiograph in every lossless encoding', async () => {
    const names = ['deflated', 'j2klossless', 'jpegP14SV1', 'jpegls', 'rle']
    const decoded = await Promise.all(names.map((name) => all(read(`dicom/derived/nih8_${name}.dcm`))))
    expect(new Set(decoded.map(described)).size).toBe(1)
  })

  test('the first of several frames alone', async () => {
    const file = read('dicom/transfer-syntax/dicomParser__CT0012.fragmented_no_bot_jpeg_lossless.57.dcm')
    const [both, first] = [await all(file), await decodeFrames(file, { frames: 'first' })]
    expect(first.frames).toBe(1)
    expect(first.values).toEqual(both.values.slice(0, 512 * 512))
  })

  test('HTJ2K, by way of its own encoder', async () => {
    const { values, ...image } = await all(read('dicom/chest/AIHCND_C2_Starte__test1.dcm'))
    await dcmjsCodecs.NativeCodecs.initializeAsync()
    const context = new dcmjsCodecs.Context({
      ...{ width: 1024, height: 1024, bitsAllocated: 8, bitsStored: 8, samplesPerPixel: 1, pixelRepresentation: 0 },
      ...{ planarConfiguration: 0, photometricInterpretation: 'MONOCHROME2', decodedBuffer: new Uint8Array(values) },
    })
    const coded = dcmjsCodecs.NativeCodecs.encodeHtJpeg2000(context, { lossy: false }).getEncodedBuffer()
    const frame = { ...image, frameBits: 0, transferSyntaxUid: TransferSyntax.Htj2kLossless }
    expect(await decodeFrame({ ...frame, codestream: coded ?? new Uint8Array() })).toEqual(values)
  })

  test('HTJ2K files, lossy within a little of lossless', async () => {
    const lossless = await all(read('dicom/transfer-syntax/pydicom-data__HTJ2KLossless_08_RGB.dcm'))
    const lossy = await all(read('dicom/transfer-syntax/pydicom-data__HTJ2K_08_RGB.dcm'))
    const faults = Array.from(lossless.values, (value, i) => Math.abs(value - (lossy.values[i] ?? 0)))
    expect(faults.reduce((sum, fault) => sum + fault, 0) / faults.length).toBeLessThan(3)
  })
})

describe('native pixels', () => {
  test('planar colour comes interleaved, frame by frame', async () => {
    const planes = [1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24]
    const dataSet = tinyDx({
      ...{ Rows: 2, Columns: 2, SamplesPerPixel: 3, PhotometricInterpretation: 'RGB', PlanarConfiguration: 1 },
      ...{ NumberOfFrames: '2', PixelData: Uint8Array.from([...planes, ...planes.map((value) => value + 100)]) },
    })
    const { values } = await all(part10(dataSet))
    expect(Array.from(values.slice(0, 6))).toEqual([1, 11, 21, 2, 12, 22])
    expect(Array.from(values.slice(12, 15))).toEqual([101, 111, 121])
  })

  test('deflated ones are inflated', async () => {
    const file = part10(tinyDx(), TransferSyntax.DeflatedExplicitVrLittleEndian, (bytes) => deflateRawSync(bytes))
    expect(Array.from((await all(file)).values.slice(0, 3))).toEqual([0, 17, 34])
  })

  test('signed ones keep their sign', async () => {
    const file = part10(tinyDx({ PixelRepresentation: 1 }))
    expect((await all(file)).values.at(-1)).toBe(-1)
  })
})

/** The real JPEG-lossless radiograph, changed. */
function changed(change: (codestream: Buffer) => Buffer, attributes: DataSet = {}): Buffer {
  const file = read('dicom/derived/nih8_jpegP14SV1.dcm')
  const start = file.indexOf(Buffer.from([0xff, 0xd8, 0xff]))
  const codestream = file.subarray(start, file.lastIndexOf(Buffer.from([0xff, 0xd9])) + 2)
  const { PixelData: _, ...dataSet } = tinyDx({ Rows: 1024, Columns: 1024, ...attributes })
  const head = part10(dataSet, TransferSyntax.JpegLosslessSv1)
  return Buffer.concat([head, encapsulated([change(Buffer.from(codestream))])])
}

describeWith(['corpus'], 'refuses', () => {
  test('nothing of a frame that is whole', async () => {
    expect((await all(changed((whole) => whole))).values).toHaveLength(1024 * 1024)
  })

  test('a JPEG frame that breaks off', async () => {
    const half = changed((whole) => whole.subarray(0, whole.length / 2))
    await expect(all(half)).rejects.toThrow(unreadable(/breaks off/))
  })

  test('a JPEG frame that is larger or smaller than Rows and Columns say', async () => {
    await expect(all(changed((whole) => whole, { Rows: 512 }))).rejects.toThrow(unreadable(/another size/))
    await expect(all(changed((whole) => whole, { Columns: 2048 }))).rejects.toThrow(unreadable(/another size/))
  })

  test('a frame that is no JPEG', async () => {
    await expect(all(changed((whole) => whole.subarray(2)))).rejects.toThrow(unreadable(/neither JPEG/))
    await expect(all(changed(() => Buffer.alloc(0)))).rejects.toThrow(unreadable(/neither JPEG/))
  })

  test('fewer frames than Number of Frames says', async () => {
    await expect(all(changed((whole) => whole, { NumberOfFrames: '2' }))).rejects.toThrow(unreadable(/fewer frames/))
  })

  test('a file that ends inside a fragment', async () => {
    const file = changed((whole) => whole)
    await expect(all(file.subarray(0, file.length - 1000))).rejects.toThrow(unreadable(/inside a fragment/))
  })

  test.each([
    'dicom/broken/pydicom__MR_truncated.dcm',
    'dicom/broken/fo-dicom__genFile.dcm',
    'dicom/transfer-syntax/cornerstone3D__CTImage.dcm_JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53.dcm',
  ])('%s', async (path) => {
    await expect(all(read(path))).rejects.toThrow(unreadable(/./))
  })

  test('an image of 32 bits whose pixels are too few', async () => {
    const code = expect.objectContaining({ code: 'DATA_SET_UNREADABLE' })
    await expect(all(read('dicom/broken/pydicom__badVR.dcm'))).rejects.toThrow(code)
  })

  test('an RLE frame whose segments are too short, or of another number', async () => {
    const { PixelData: _, ...dataSet } = tinyDx()
    const rle = (segments: number, packed: number[]) => {
      const header = Buffer.alloc(64)
      header.writeUInt32LE(segments, 0)
      header.writeUInt32LE(64, 4)
      const fragment = Buffer.concat([header, Buffer.from(packed)])
      return Buffer.concat([part10(dataSet, TransferSyntax.RleLossless), encapsulated([fragment])])
    }
    expect(Array.from((await all(rle(1, [241, 7]))).values)).toEqual(new Array(16).fill(7))
    expect(Array.from((await all(rle(1, [1, 5, 6, 128, 243, 7]))).values)).toEqual([5, 6, ...new Array(14).fill(7)])
    await expect(all(rle(1, [242, 7]))).rejects.toThrow(unreadable(/too short/))
    await expect(all(rle(2, [241, 7]))).rejects.toThrow(unreadable(/does not fit/))
  })

  test('more than 200 million values', async () => {
    const file = part10(tinyDx({ Rows: 20_000, Columns: 20_000 }))
    await expect(all(file)).rejects.toThrow(unreadable(/200 million/))
  })
})
