import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TOGETHER } from '../../src/report/blend-rows.ts'
import { blended } from '../../src/report/colour-map.ts'
import { advance, drawText } from '../../src/report/draw-text.ts'
import { rgbOf } from '../../src/report/drawing.ts'
import { paintRadiograph } from '../../src/report/heat-overlay.ts'
import { blankPage, type RgbImage } from '../../src/report/page.ts'
import { paint } from '../../src/report/paint.ts'
import { CAP_HEIGHT, glyphOf } from '../../src/report/stroke-font.ts'

const COLOUR = '#ff8a3d'

/** How much of a pixel lines cover, 0 to 255, by its definition. */
function shareAt(row: number, column: number, lines: Float64Array, reach: number): number {
  let most = 0
  for (let i = 0; i < lines.length; i += 4) {
    const [x = 0, y = 0, endX = 0, endY = 0] = lines.subarray(i, i + 4)
    const [dx, dy] = [endX - x, endY - y]
    const [over, down] = [column + 0.5 - x, row + 0.5 - y]
    const near = Math.min(1, Math.max(0, (over * dx + down * dy) / (dx * dx + dy * dy || 1)))
    const [asideX, asideY] = [over - near * dx, down - near * dy]
    const off = asideX * asideX + asideY * asideY
    if (off < reach * reach) most = Math.max(most, Math.trunc(255 * Math.min(1, reach - Math.sqrt(off))))
  }
  return most
}

/** Covers pixels of a page by definition: of each its share. */
function coverPlainly({ rows, columns, rgb }: RgbImage, lines: Float64Array, width: number, named = COLOUR): void {
  const colour = rgbOf(named)
  for (let at = 0; at < rows * columns; at++) {
    const share = shareAt(Math.floor(at / columns), at % columns, lines, width / 2 + 0.5) / 255
    if (share > 0)
      for (const [k, value] of colour.entries())
        rgb[3 * at + k] = (rgb[3 * at + k] ?? 0) * (1 - share) + value * share + 0.5
  }
}

test('lines cover each pixel of a page by how near they are to it, beyond its borders too and in drawings of any height', () => {
  const [rows, columns] = [140, 23]
  const place = (most: number) => fc.double({ min: -9, max: most + 9, noNaN: true })
  const line = fc.tuple(place(columns), place(rows), place(columns), place(rows), fc.boolean())
  const drawings = fc.tuple(fc.array(line, { maxLength: 5 }), fc.double({ min: 0.1, max: 9, noNaN: true }))
  fc.assert(
    fc.property(drawings, ([ends, width]) => {
      // Some are a point.
      const lines = Float64Array.from(
        ends.flatMap(([x, y, endX, endY, point]) => (point ? [x, y, x, y] : [x, y, endX, endY])),
      )
      const [painted, plain] = [blankPage(rows, columns), blankPage(rows, columns)]
      const rim = { width: width + 2.5, colour: '#123456' }
      paint(painted, [{ lines, width, colour: COLOUR, ...(ends.length % 2 === 0 && { rim }) }])
      if (ends.length % 2 === 0) coverPlainly(plain, lines, rim.width, rim.colour)
      coverPlainly(plain, lines, width)
      expect(Buffer.from(painted.rgb).equals(Buffer.from(plain.rgb))).toBe(true)
    }),
    { numRuns: 60 },
  )
})

test('letters are their strokes, each no further than an eighth of a pixel from its place, beyond the borders of a page too', () => {
  const [rows, columns] = [30, 60]
  const printable = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code))
  const cases = fc.record({
    text: fc.array(printable, { minLength: 1, maxLength: 4 }).map((all) => all.join('')),
    x: fc.double({ min: -20, max: columns, noNaN: true }),
    y: fc.double({ min: -5, max: rows + 20, noNaN: true }),
    size: fc.double({ min: 4, max: 30, noNaN: true }),
    weight: fc.double({ min: 0.05, max: 0.2, noNaN: true }),
  })
  const quarters = (at: number) => Math.round(4 * at) / 4
  fc.assert(
    fc.property(cases, ({ text, x, y, size, weight }) => {
      const [painted, plain] = [blankPage(rows, columns), blankPage(rows, columns)]
      paint(painted, drawText(text, { x, y }, { size, weight, colour: COLOUR }))
      let pen = x
      for (const character of text) {
        const glyph = glyphOf(character)
        const [left, base] = [quarters(pen), quarters(y)]
        const scale = size / CAP_HEIGHT
        const strokes = glyph.lines.map((each, i) => (i % 2 === 0 ? left : base - size) + each * scale)
        coverPlainly(plain, strokes, weight * size)
        pen += advance(glyph, size, weight * size)
      }
      const off = painted.rgb.reduce((most, value, at) => Math.max(most, Math.abs(value - (plain.rgb[at] ?? 0))), 0)
      // Strokes moved by whole pixels are rounded otherwise in the last bit of their numbers.
      expect(off).toBeLessThanOrEqual(2)
    }),
    { numRuns: 100 },
  )
})

/** The two nearest of `given` samples to one of `wanted`, and how far from the first. */
function between(i: number, wanted: number, given: number): readonly [number, number, number] {
  const at = Math.min(Math.max(((i + 0.5) * given) / wanted - 0.5, 0), given - 1)
  return [Math.floor(at), Math.min(Math.floor(at) + 1, given - 1), at - Math.floor(at)]
}

test('a radiograph under heat has at each pixel the colour of its grey under the heat there', () => {
  const size = fc.integer({ min: 1, max: 12 })
  const high = fc.integer({ min: 1, max: 2 * TOGETHER + 3 })
  const cases = fc.tuple(high, fc.integer({ min: 1, max: 20 }), size, size, fc.nat(1_000_000), fc.constantFrom(0, 2))
  fc.assert(
    fc.property(cases, ([rows, columns, mapRows, mapColumns, seed, margin]) => {
      const grey = Uint8Array.from({ length: rows * columns }, (_, i) => (seed + i * 7919) >> 3)
      const values = Float32Array.from({ length: mapRows * mapColumns }, (_, i) => ((seed + i * 977) % 1000) / 700)
      const most = values.reduce((a, b) => Math.max(a, b), 0)
      if (most === 0) return
      const page = blankPage(rows + 1, columns + margin)
      const plain = blankPage(rows + 1, columns + margin)
      paintRadiograph(
        page,
        { top: 1, left: margin },
        { rows, columns, grey },
        { rows: mapRows, columns: mapColumns, values, empty: false },
      )
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++) {
          const [left, right, across] = between(column, columns, mapColumns)
          const [upper, lower, down] = between(row, rows, mapRows)
          const of = (line: number, at: number) => values[line * mapColumns + at] ?? 0
          // Levels have 7 bits more than those that colours are for; the shares between two have 15.
          const parts = (each: number) => Math.min(32_767, Math.round(each * 32_768))
          const levelOf = (line: number, at: number) => Math.trunc(of(line, at) * ((255 * 128) / most) + 0.5)
          const [top = 0, bottom = 0] = [upper, lower].map((line) => {
            const first = levelOf(line, left)
            return first + (((levelOf(line, right) - first) * parts(across) + 16_384) >> 15)
          })
          const level = (top + (((bottom - top) * parts(down) + 16_384) >> 15) + 64) >> 7
          const colour = blended(grey[row * columns + column] ?? 0, level / 255)
          plain.rgb.set(colour, ((row + 1) * (columns + margin) + column + margin) * 3)
        }
      expect(Buffer.from(page.rgb).equals(Buffer.from(plain.rgb))).toBe(true)
      paintRadiograph(page, { top: 1, left: margin }, { rows, columns, grey })
      for (let at = 0; at < grey.length; at++) {
        const place = (Math.floor(at / columns) + 1) * (columns + margin) + (at % columns) + margin
        plain.rgb.fill(grey[at] ?? 0, 3 * place, 3 * place + 3)
      }
      expect(Buffer.from(page.rgb).equals(Buffer.from(plain.rgb))).toBe(true)
    }),
    { numRuns: 100 },
  )
})
