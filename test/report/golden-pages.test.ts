import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { buildDemoInstance } from '../../src/cli/demo-study.ts'
import { displayGrey, shadesOf } from '../../src/dicom/display.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { histogramOf } from '../../src/dicom/histogram.ts'
import { decodeFrames } from '../../src/dicom/pixels.ts'
import { radiographOf } from '../../src/dicom/radiograph.ts'
import { drawPhantom, type PhantomOptions } from '../../src/model/phantom.ts'
import { declinedFor } from '../../src/report/not-analysed.ts'
import type { RgbImage } from '../../src/report/page.ts'
import { renderNotAnalysed } from '../../src/report/render-not-analysed.ts'
import { renderPages } from '../../src/report/render-pages.ts'
import { LONGEST_SHOWN, sizeWithin } from '../../src/report/shown-size.ts'
import { corpus, describeWith } from '../support/needs.ts'
import { COMPLETE_SOURCE, finding, LABELS, model, resultInput, sourceOf, spots } from './synthetic-result.ts'

/** `UPDATE_GOLDENS=1 npx vitest run test/report/golden-pages.test.ts` writes what is to be looked at and committed. */
const UPDATE = process.env.UPDATE_GOLDENS === '1'
const GOLDENS = join(import.meta.dirname, '../fixtures/pages')
const WIDTH = 400

/** Where a finding is to be shown, as shares of the image's height and width. */
type Shown = Readonly<Record<string, readonly [y: number, x: number]>>

/** The pages of an image with these findings; the scores fall from 90 %. */
async function pagesOf(part10: Uint8Array, shown: Shown) {
  const header = parseHeader(part10)
  const radiograph = radiographOf(await decodeFrames(part10, { frames: 'first' }), header)
  const size = sizeWithin(radiograph, 1, LONGEST_SHOWN)
  const shades = shadesOf(radiograph, header, histogramOf(radiograph))
  const display = { ...size, grey: displayGrey(radiograph, shades, size) }
  const places = Object.entries(shown)
  const rank = (label: string) => places.findIndex(([name]) => name === label)
  const findings = LABELS.map((label, i) =>
    finding(label, rank(label) < 0 ? 0.05 + 0.02 * i : 0.9 - 0.15 * rank(label)),
  )
  const map = ([y, x]: readonly [number, number]) =>
    spots(Math.round(display.rows / 8), Math.round(display.columns / 8), y, x)
  const maps = new Map(places.map(([label, place]) => [label, map(place)]))
  return renderPages(resultInput(sourceOf(COMPLETE_SOURCE), { display, findings, maps }))
}

const small = ({ rows, columns, rgb }: RgbImage) =>
  sharp(rgb, { raw: { width: columns, height: rows, channels: 3 } }).resize(WIDTH)

/** Fails when the page looks otherwise than the golden one: by a mean of more than 0.5 of 255, or a size of its own. */
async function expectGolden(name: string, page: RgbImage): Promise<void> {
  const path = join(GOLDENS, `${name}.png`)
  if (UPDATE) {
    await mkdir(GOLDENS, { recursive: true })
    await small(page).png({ compressionLevel: 9 }).toFile(path)
  }
  const golden = await sharp(await readFile(path))
    .raw()
    .toBuffer({ resolveWithObject: true })
  const now = await small(page).raw().toBuffer({ resolveWithObject: true })
  expect([now.info.width, now.info.height], name).toEqual([golden.info.width, golden.info.height])
  let sum = 0
  for (let at = 0; at < now.data.length; at++) sum += Math.abs((now.data[at] ?? 0) - (golden.data[at] ?? 0))
  expect(sum / now.data.length, name).toBeLessThan(0.5)
}

/** 64 bits: whether each of 8 × 8 cells is brighter than the one to its right. Says nothing of who is shown. */
async function perceptualHash({ rows, columns, rgb }: RgbImage): Promise<string> {
  const { data } = await sharp(rgb, { raw: { width: columns, height: rows, channels: 3 } })
    .greyscale()
    .resize(9, 8, { fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true })
  const bits = Array.from({ length: 64 }, (_, i) => {
    const at = Math.floor(i / 8) * 9 + (i % 8)
    return (data[at] ?? 0) > (data[at + 1] ?? 0) ? '1' : '0'
  })
  return BigInt(`0b${bits.join('')}`)
    .toString(16)
    .padStart(16, '0')
}

const bitsBetween = (a: string, b: string) =>
  [...(BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2)].filter((bit) => bit === '1').length

const PHANTOMS: readonly (readonly [name: string, options: PhantomOptions, shown: Shown])[] = [
  [
    'phantom-7',
    { seed: 7, findings: ['Mass', 'Effusion'], photometric: 'MONOCHROME2', view: 'PA' },
    { Mass: [0.47, 0.69], Effusion: [0.68, 0.7] },
  ],
  [
    'phantom-11',
    { seed: 11, findings: ['Pneumothorax', 'Cardiomegaly'], photometric: 'MONOCHROME1', view: 'PA' },
    { Pneumothorax: [0.3, 0.3], Cardiomegaly: [0.62, 0.55] },
  ],
  ['phantom-23', { seed: 23, findings: [], photometric: 'MONOCHROME2', view: 'PA' }, {}],
]

describe('pages look as they did when they were last looked at', () => {
  test.each(PHANTOMS)('%s', async (name, options, shown) => {
    const { summary, heatMaps } = await pagesOf(buildDemoInstance(drawPhantom(options)), shown)
    await expectGolden(`${name}-summary`, summary)
    expect([...heatMaps.keys()]).toEqual(Object.keys(shown))
    for (const [label, page] of heatMaps) await expectGolden(`${name}-${label.toLowerCase()}`, page)
  })

  test('the page of a study that was not analysed', async () => {
    await expectGolden('not-analysed', renderNotAnalysed(declinedFor('VIEW_NOT_FRONTAL'), model))
  })
})

describeWith(['corpus'], 'pages of real radiographs', () => {
  test.each(['dicom/chest/AIHCND_C2_Starte__test1.dcm', 'dicom/derived/nih8_rle.dcm'])(
    'of %s look as they did when they were last looked at',
    async (path) => {
      const { summary, heatMaps } = await pagesOf(await readFile(corpus(path)), { Effusion: [0.75, 0.7] })
      const hashes = await Promise.all([summary, ...heatMaps.values()].map(perceptualHash))
      const file = join(GOLDENS, 'real-radiographs.json')
      const known: Record<string, string[]> = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'))
      // One line each: as the formatter has it.
      const lines = Object.entries({ ...known, [path]: hashes }).map(
        ([of, each]) => `  ${JSON.stringify(of)}: [${each.map((hash) => JSON.stringify(hash)).join(', ')}]`,
      )
      if (UPDATE) await writeFile(file, `{\n${lines.join(',\n')}\n}\n`)
      const expected = UPDATE ? hashes : (known[path] ?? [])
      expect(hashes).toHaveLength(expected.length)
      for (const [i, hash] of hashes.entries()) expect(bitsBetween(hash, expected[i] ?? '0')).toBeLessThanOrEqual(4)
    },
  )
})
