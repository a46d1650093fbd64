import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { heatAlpha, heatColour } from '../../src/report/colour-map.ts'
import { drawText, fitted, textWidth, wrapped } from '../../src/report/draw-text.ts'
import type { Drawing } from '../../src/report/drawing.ts'
import { blankPage, encodePng, type RgbImage } from '../../src/report/page.ts'
import { paint } from '../../src/report/paint.ts'
import { renderHeatMap } from '../../src/report/render-heat-map.ts'
import { renderSummary } from '../../src/report/render-summary.ts'
import { GLYPHS } from '../../src/report/stroke-font.ts'
import { temporaryFolder } from '../support/needs.ts'
import { CAVEATS, emptyMap, finding, findings, model, ramp, spots } from './synthetic-result.ts'

const WHITE = { size: 28, colour: '#ffffff' }
const display = ramp(400, 300)
const page = {
  display,
  findings: [finding('Cardiomegaly', 0.873)] as const,
  model,
  caveats: [],
  explanation: 'gradientWeightedClassActivation' as const,
}

/** A page with nothing else on it. */
function drawn(rows: number, columns: number, drawing: Drawing): RgbImage {
  const blank = blankPage(rows, columns)
  paint(blank, drawing)
  return blank
}

const pixel = ({ rgb, columns }: RgbImage, row: number, column: number) => [
  ...rgb.subarray((row * columns + column) * 3, (row * columns + column) * 3 + 3),
]
/** How many pixels of a page are coloured, not grey, in the radiograph's rows. */
function colouredShare(image: RgbImage, top: number, bottom: number): number {
  let coloured = 0
  for (let at = top * image.columns; at < bottom * image.columns; at++) {
    const [red, green, blue] = image.rgb.subarray(at * 3, at * 3 + 3)
    if (red !== green || green !== blue) coloured++
  }
  return coloured / ((bottom - top) * image.columns)
}

describe('letters drawn without fonts', () => {
  test('exist for every printable ASCII character, each with ink of its own', async () => {
    const seen = new Set<string>()
    for (let code = 0x21; code < 0x7f; code++) {
      const character = String.fromCharCode(code)
      const drawing = drawText(character, { x: 10, y: 40 }, WHITE)
      const { rgb } = drawn(60, 60, drawing)
      expect(rgb.filter((value) => value > 200).length, character).toBeGreaterThan(10)
      seen.add(createHash('sha256').update(rgb).digest('hex'))
    }
    expect(seen.size).toBe(94)
    expect(Object.keys(GLYPHS)).toHaveLength(95)
  })

  test('shrink and wrap to the width they have', () => {
    const text = 'Enlarged Cardiomediastinum of a very long name'
    expect(textWidth(text, fitted(text, WHITE, 200))).toBeCloseTo(200, 5)
    for (const line of wrapped(text, WHITE, 360)) expect(textWidth(line, WHITE)).toBeLessThanOrEqual(360)
    expect(wrapped(text, WHITE, 360).join(' ')).toBe(text)
  })

  test('are the same pixels on a machine without any fonts', async () => {
    const folder = await temporaryFolder()
    const fonts = join(folder, 'fonts')
    await mkdir(fonts)
    const config = join(folder, 'fonts.conf')
    await writeFile(
      config,
      `<?xml version="1.0"?><fontconfig><dir>${fonts}</dir><cachedir>${folder}</cachedir></fontconfig>`,
    )
    const script = join(folder, 'draw.mts')
    const report = new URL('../../src/report/', import.meta.url).href
    await writeFile(
      script,
      `import { createHash } from 'node:crypto'
      import { drawText } from '${report}draw-text.ts'
      import { blankPage } from '${report}page.ts'
      import { paint } from '${report}paint.ts'
      const page = blankPage(60, 300)
      paint(page, drawText('AI - 50.6 %', { x: 5, y: 40 }, { size: 28, colour: '#ffffff' }))
      console.log(createHash('sha256').update(page.rgb).digest('hex'))`,
    )
    const tsx = new URL('../../node_modules/tsx/dist/cli.mjs', import.meta.url).pathname
    const env = { ...process.env, FONTCONFIG_FILE: config, FONTCONFIG_PATH: folder }
    const { stdout } = await promisify(execFile)(process.execPath, [tsx, script], { env })
    const here = drawn(60, 300, drawText('AI - 50.6 %', { x: 5, y: 40 }, WHITE))
    expect(stdout.trim()).toBe(createHash('sha256').update(here.rgb).digest('hex'))
  })
})

describe('the colours of heat', () => {
  const lightness = ([r, g, b]: readonly number[]) => {
    const linear = [r, g, b].map((v = 0) => ((v / 255 + 0.055) / 1.055) ** 2.4)
    const y = 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0)
    return y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y
  }

  test('grow lighter evenly, so that no step is more than twice the average', () => {
    const steps = Array.from(
      { length: 20 },
      (_, i) => lightness(heatColour((i + 1) / 20)) - lightness(heatColour(i / 20)),
    )
    const average = steps.reduce((sum, step) => sum + step, 0) / steps.length
    for (const step of steps) {
      expect(step).toBeGreaterThan(0)
      expect(step).toBeLessThan(2 * average)
    }
  })

  test('never cover the radiograph entirely, and cold parts not at all', () => {
    expect(heatAlpha(0.1)).toBe(0)
    expect(heatAlpha(1)).toBeLessThan(0.7)
  })
})

describe('the page of one finding', () => {
  test('shows the heat where the map has it, and the radiograph in grey elsewhere', async () => {
    const image = renderHeatMap({ ...page, map: spots(40, 30) })
    const top = image.rows - Math.round(0.12 * image.columns) - 768
    const left = (image.columns - 576) / 2
    const [red = 0, , blue = 0] = pixel(image, top + Math.round(0.6 * 768), left + Math.round(0.55 * 576))
    expect(red - blue).toBeGreaterThan(40)
    const [r, g, b] = pixel(image, top + 700, left + 500)
    expect([g, b]).toEqual([r, r])
    expect(r).toBeCloseTo((500 / 576) * 255, -1)
    expect(colouredShare(image, top, top + 768)).toBeLessThan(0.5)
  })

  test('paints nothing where the map is empty, and says no localisation in its legend', async () => {
    const [image, heat] = [renderHeatMap({ ...page, map: emptyMap }), renderHeatMap({ ...page, map: spots(40, 30) })]
    const top = image.rows - Math.round(0.12 * image.columns) - 768
    const margin = (image.columns - 576) / 2
    const rows = Array.from({ length: 768 }, (_, row) =>
      image.rgb.subarray(((top + row) * image.columns + margin) * 3, ((top + row) * image.columns + margin + 576) * 3),
    )
    for (const row of rows)
      for (let at = 0; at < row.length; at += 3)
        if (row[at] !== row[at + 1] || row[at] !== row[at + 2]) expect.fail('coloured')
    const legend = ({ rgb, rows, columns }: RgbImage) =>
      Buffer.from(rgb.subarray((rows - 80) * columns * 3)).toString('base64')
    expect(legend(image)).not.toBe(legend(heat))
  })

  test('has a second strip for the demonstration model', async () => {
    const usual = renderHeatMap({ ...page, map: emptyMap })
    const demonstration = renderHeatMap({ ...page, map: emptyMap, model: { ...model, demonstration: true } })
    expect(demonstration.rows).toBeGreaterThan(usual.rows)
    expect(pixel(demonstration, 35, 3)).toEqual([0x7a, 0x2f, 0xb0])
  })

  test.each([
    ['large', 2140, 1760, 1280],
    ['wide', 900, 3000, 1280],
    ['small', 100, 80, 768],
  ])('keeps the aspect of a %s radiograph', async (_, rows, columns, long) => {
    const image = renderHeatMap({ ...page, display: ramp(rows, columns), map: emptyMap })
    const [height, width] = rows > columns ? [long, (long * columns) / rows] : [(long * rows) / columns, long]
    expect(image.columns).toBe(Math.max(768, Math.round(width)))
    expect(image.rows).toBeGreaterThan(height)
    expect(image.rows).toBeLessThan(height + 0.3 * image.columns)
  })
})

describe('caveats', () => {
  test('are written on both pages, which grow by their lines and are the same without them', async () => {
    const colour = Buffer.from([0xff, 0xb8, 0x1c])
    const texts = (image: RgbImage) => Buffer.from(image.rgb.subarray(120 * image.columns * 3)).includes(colour)
    const heat = { ...page, map: spots(40, 30) }
    const [plain, told] = [renderHeatMap(heat), renderHeatMap({ ...heat, caveats: CAVEATS })]
    expect(told.rows).toBeGreaterThan(plain.rows)
    expect([texts(plain), texts(told)]).toEqual([false, true])
    const summary = { display, findings, model }
    expect(texts(renderSummary({ ...summary, caveats: CAVEATS }))).toBe(true)
    expect(texts(renderSummary({ ...summary, caveats: [] }))).toBe(false)
  })
})

describe('the summary page', () => {
  test('is as long as its findings need and begins with the caution strip', async () => {
    const few = renderSummary({ display, findings: findings.slice(0, 2), caveats: [], model })
    const all = renderSummary({ display, findings, caveats: [], model })
    expect(all.rows).toBeGreaterThan(few.rows)
    expect(pixel(all, 2, 2)).toEqual([0xff, 0xb8, 0x1c])
  })

  test('marks in orange the findings at or above their operating point, and no other', async () => {
    const isOrange = async (score: number) => {
      const { rgb } = renderSummary({ display, findings: [finding('Mass', score)], caveats: [], model })
      return Buffer.from(rgb).includes(Buffer.from([0xff, 0x8a, 0x3d, 0xff, 0x8a, 0x3d, 0xff, 0x8a, 0x3d]))
    }
    expect([await isOrange(0.5), await isOrange(0.4998)]).toEqual([true, false])
  })

  test('becomes a PNG of the same pixels', async () => {
    const image = renderSummary({ display, findings, caveats: [], model })
    const { data, info } = await sharp(await encodePng(image))
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect([info.width, info.height, info.channels]).toEqual([image.columns, image.rows, 3])
    expect(Buffer.compare(data, Buffer.from(image.rgb))).toBe(0)
  })
})
