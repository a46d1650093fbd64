import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Header, parseHeader } from '../../src/dicom/header.ts'
import { decodeFrames } from '../../src/dicom/pixels.ts'
import { TransferSyntax } from '../../src/dicom/transfer-syntaxes.ts'
import { buildResults } from '../../src/report/build-results.ts'
import { encodePdf } from '../../src/report/pdf-file.ts'
import { type Pages, renderPages } from '../../src/report/render-pages.ts'
import type { ResultInstance } from '../../src/report/result-instance.ts'
import type { ResultWish } from '../../src/study/result-object.ts'
import { dcmtk } from '../support/dcmtk.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { COMPLETE_SOURCE, noFindings, resultInput, sourceOf } from './synthetic-result.ts'

const input = resultInput(sourceOf(COMPLETE_SOURCE))
let pages: Pages
beforeAll(async () => {
  pages = renderPages(input)
})

type Wish = Pick<ResultWish, 'objects' | 'scCompression'>
async function made(objects: Wish['objects'], scCompression: Wish['scCompression'] = 'none', change = {}) {
  const wish = { name: 'pacs', objects, scCompression }
  return (await buildResults({ ...input, ...change }, [wish], pages)).instances
}

const meanDifference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from({ length: a.length }, (_, i) => Math.abs((a[i] ?? 0) - (b[i] ?? 0))).reduce((x, y) => x + y, 0) / a.length

const descendants = (item: Header): Header[] => item.items('ContentSequence').flatMap((i) => [i, ...descendants(i)])
const imagesIn = (sr: ResultInstance | undefined) =>
  descendants(parseHeader(sr?.bytes ?? new Uint8Array())).flatMap((item) => item.items('ReferencedSOPSequence'))

describe('Secondary Captures compressed', () => {
  test('as RLE Lossless hold the same pixels', async () => {
    const [summary] = await made(['sc'], 'rle')
    expect(summary?.transferSyntaxUid).toBe(TransferSyntax.RleLossless)
    const { values, frames } = await decodeFrames(summary?.bytes ?? new Uint8Array(), { frames: 'all' })
    expect(frames).toBe(1)
    expect(Buffer.compare(Buffer.from(values), Buffer.from(pages.summary.rgb))).toBe(0)
  })

  test('as JPEG Baseline say that they are lossy, and after what of the source', async () => {
    const [summary] = await made(['sc'], 'jpeg')
    expect(summary?.transferSyntaxUid).toBe(TransferSyntax.JpegBaseline8Bit)
    const header = parseHeader(summary?.bytes ?? new Uint8Array())
    expect(header.string('LossyImageCompression')).toBe('01')
    expect(header.strings('LossyImageCompressionMethod')).toEqual(['ISO_10918_1', 'ISO_10918_1'])
    expect(header.numbers('LossyImageCompressionRatio')[0]).toBe(12.5)
    expect(header.numbers('LossyImageCompressionRatio')[1]).toBeGreaterThan(5)
  })

  test('are objects of their own, and the SR points at those that the destination gets', async () => {
    const uids = async (compression: Wish['scCompression']) => {
      const all = await made(['sr', 'sc'], compression)
      const captures = all.filter(({ kind }) => kind === 'SC').map(({ sopInstanceUid }) => sopInstanceUid)
      const referenced = imagesIn(all.find(({ kind }) => kind === 'SR')).map((item) =>
        item.string('ReferencedSOPInstanceUID'),
      )
      expect(referenced).toContain(captures[1])
      return captures
    }
    const [native, rle, jpeg] = [await uids('none'), await uids('rle'), await uids('jpeg')]
    expect(new Set([...native, ...rle, ...jpeg]).size).toBe(native.length * 3)
  })
})

describe('a multi-frame Secondary Capture', () => {
  test('holds every page as a frame of one size, named by its label', async () => {
    const [frames, ...others] = await made(['multi-frame-sc'])
    expect(others).toEqual([])
    const header = parseHeader(frames?.bytes ?? new Uint8Array())
    expect(header.number('NumberOfFrames')).toBe(3)
    expect(header.strings('FrameLabelVector')).toEqual(['Summary', 'Cardiomegaly', 'Atelectasis'])
    const { values } = await decodeFrames(frames?.bytes ?? new Uint8Array(), { frames: 'all' })
    const { rows, columns } = pages.summary
    expect(header.number('Columns')).toBe(columns)
    expect(Buffer.compare(Buffer.from(values.slice(0, 300)), Buffer.from(pages.summary.rgb.slice(0, 300)))).toBe(0)
    expect(values.length).toBe(3 * 3 * columns * Math.max(rows, header.number('Rows') ?? 0))
  })

  test('alone is what the SR points at, by frame', async () => {
    const all = await made(['sr', 'multi-frame-sc'])
    const frames = imagesIn(all.find(({ kind }) => kind === 'SR')).flatMap((item) =>
      item.numbers('ReferencedFrameNumber'),
    )
    expect(frames).toEqual([2, 3])
  })
})

describe('a presentation state', () => {
  test('draws the outline of each localised finding on the radiograph, with its window and polarity', async () => {
    const [state] = await made(['gsps'])
    const header = parseHeader(state?.bytes ?? new Uint8Array())
    const annotations = header.items('GraphicAnnotationSequence')
    // Atelectasis has an empty map; the last annotation is the caution.
    expect(annotations).toHaveLength(2)
    const [text] = annotations[0]?.items('TextObjectSequence') ?? []
    expect(text?.string('UnformattedTextValue')).toBe('AI: Cardiomegaly 87.3 %')
    const [graphic] = annotations[0]?.items('GraphicObjectSequence') ?? []
    const points = graphic?.numbers('GraphicData') ?? []
    expect(points.slice(0, 2)).toEqual(points.slice(-2))
    expect(header.items('SoftcopyVOILUTSequence')[0]?.number('WindowCenter')).toBe(128)
    expect(header.string('PresentationLUTShape')).toBe('IDENTITY')
    const inverse = sourceOf({ ...COMPLETE_SOURCE, PhotometricInterpretation: 'MONOCHROME1' })
    const [other] = await made(['gsps'], 'none', { source: inverse })
    expect(parseHeader(other?.bytes ?? new Uint8Array()).string('PresentationLUTShape')).toBe('INVERSE')
  })

  test('is not made where there is nothing to outline', async () => {
    expect(await made(['gsps'], 'none', { findings: noFindings, maps: new Map() })).toEqual([])
  })
})

describe('a text report', () => {
  test('stands in for the SR, and is wanted itself by whoever asks for it', async () => {
    const all = await made(['sr', 'basic-text-sr'])
    const text = all.find(({ sopClassUid }) => sopClassUid.endsWith('.88.11'))
    expect(text).toMatchObject({ alternativeOf: all[0]?.sopInstanceUid, wantedBy: ['pacs'] })
    const words = descendants(parseHeader(text?.bytes ?? new Uint8Array()))
      .map((item) => item.text('TextValue') ?? '')
      .join('')
    expect(words).toMatch(
      /AI - RESEARCH USE ONLY[\s\S]*At or above operating point: Cardiomegaly, Atelectasis\.[\s\S]*Pneumothorax: 30\.7 % \(operating point 50\.0 %\) - below/,
    )
  })
})

describeWith(['dcmj2pnm', 'pdftotext', 'pdfinfo', 'dcmpschk', 'dsrdump'], 'other programs', () => {
  test('see the same picture in every compression', async () => {
    const folder = await temporaryFolder()
    for (const compression of ['rle', 'jpeg'] as const) {
      const [dicom, png] = [join(folder, `${compression}.dcm`), join(folder, `${compression}.png`)]
      await writeFile(dicom, (await made(['sc'], compression))[0]?.bytes ?? new Uint8Array())
      expect(await dcmtk('dcmj2pnm', '+on', dicom, png)).toMatchObject({ exitCode: 0 })
      const { data } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true })
      expect(data.length).toBe(pages.summary.rgb.length)
      expect(meanDifference(data, pages.summary.rgb)).toBeLessThan(compression === 'rle' ? 1e-9 : 2)
    }
  })

  test('read the PDF: its pages, its words, and nothing to complain of', async () => {
    const [document] = await made(['pdf'])
    const header = parseHeader(document?.bytes ?? new Uint8Array())
    const length = header.number('EncapsulatedDocumentLength') ?? 0
    const pdf = join(await temporaryFolder(), 'report.pdf')
    await writeFile(pdf, header.bytes('EncapsulatedDocument')?.slice(0, length) ?? new Uint8Array())
    const { exitCode, output } = await dcmtk('pdfinfo', pdf)
    expect([exitCode, /Pages: +(\d+)/.exec(output)?.[1]]).toEqual([0, '3'])
    expect(output).not.toMatch(/error|warning/i)
    const { output: words } = await dcmtk('pdftotext', '-layout', pdf, '-')
    expect(words).toContain('Cardiomegaly: 87.3 % (operating point 50.0 %) - AT OR ABOVE')
    expect(words).toContain('AI - RESEARCH USE ONLY')
    expect(words).not.toContain('PID-1')
  })

  test('accept the presentation state', async () => {
    const path = join(await temporaryFolder(), 'state.dcm')
    await writeFile(path, (await made(['gsps']))[0]?.bytes ?? new Uint8Array())
    const { exitCode, output } = await dcmtk('dcmpschk', path)
    expect(exitCode).toBe(0)
    expect(output).toMatch(/Test passed|passed/i)
  })
})

test('the same pages make the same PDF, its cross-reference table right to the byte', () => {
  const page = { rows: 2, columns: 2, jpeg: new Uint8Array([0xff, 0xd8, 0xff, 0xd9]), words: ['a (b) \\ c'] }
  const [one, other] = [encodePdf('Title', [page, page]), encodePdf('Title', [page, page])]
  expect(Buffer.compare(one, other)).toBe(0)
  const text = Buffer.from(one).toString('latin1')
  for (const [i, [, offset]] of [...text.matchAll(/^(\d{10}) 00000 n/gm)].entries())
    expect(text.slice(Number(offset))).toMatch(new RegExp(`^${i + 1} 0 obj`))
  expect(text.slice(Number(/startxref\n(\d+)/.exec(text)?.[1]))).toMatch(/^xref/)
})
