import type { Header } from './header.ts'
import { lookupTableOf } from './lookup-table.ts'
import { type Radiograph, storedRange } from './radiograph.ts'
import { ramp, type Window, windowOf } from './window.ts'

/** Share of pixels that may be darker than black, and brighter than white, where an image brings no VOI LUT. */
const TAIL = 0.005

/**
 * How its maker meant each stored value to be seen, from the lowest that Bits Stored allow on, 0 black to 1 white: Modality
 * LUT, VOI LUT and polarity (PS3.3 C.11.1, C.11.2, C.11.6). Padding is black.
 */
export function shadesOf(radiograph: Radiograph, header: Header): Float64Array {
  const [least, most] = storedRange(radiograph)
  const values = Array.from({ length: most - least + 1 }, (_, i) => least + i)
  const counts = countValues(radiograph, least, values.length)
  const modality = modalityTransform(header, least < 0)
  const inputs = values.map(modality)
  const intended = voiTransform(header, inputs)
  const voi = intended && !showsNothing(intended, inputs, counts) ? intended : robustWindow(inputs, counts)
  const inverse = isInverse(radiograph, header)
  const shades = Float64Array.from(inputs, (input) => (inverse ? 1 - voi(input) : voi(input)))
  const { padding } = radiograph
  if (padding) shades.fill(0, Math.max(0, padding.from - least), Math.max(0, padding.to - least + 1))
  return shades
}

/** The radiograph in those shades, rows × columns, 0 black to 255 white, without overlays and shutters. */
export function displayGrey(radiograph: Radiograph, shades: Float64Array): Uint8Array {
  const [least] = storedRange(radiograph)
  const grey = Uint8Array.from(shades, (shade) => Math.round(255 * shade))
  const { pixels } = radiograph
  const shown = new Uint8Array(pixels.length)
  for (let i = 0; i < shown.length; i++) shown[i] = grey[(pixels[i] ?? 0) - least] ?? 0
  return shown
}

/** MONOCHROME1 already is what INVERSE asks for: DX images carry both, PS3.3 C.8.11.3.1.2. */
function isInverse({ photometric }: Radiograph, header: Header): boolean {
  return photometric === 'MONOCHROME1' || header.string('PresentationLUTShape') === 'INVERSE'
}

/** How often each stored value occurs, padding left out. */
function countValues({ pixels, padding }: Radiograph, least: number, length: number): Uint32Array {
  const counts = new Uint32Array(length)
  for (let i = 0; i < pixels.length; i++) {
    const at = (pixels[i] ?? 0) - least
    counts[at] = (counts[at] ?? 0) + 1
  }
  if (padding) counts.fill(0, Math.max(0, padding.from - least), Math.max(0, padding.to - least + 1))
  return counts
}

function modalityTransform(header: Header, signed: boolean): (stored: number) => number {
  const [item] = header.items('ModalityLUTSequence')
  const table = item && lookupTableOf(item, signed)
  if (table) return table.look
  const slope = header.number('RescaleSlope') || 1
  const intercept = header.number('RescaleIntercept') ?? 0
  return (stored) => stored * slope + intercept
}

function voiTransform(header: Header, inputs: readonly number[]): Window | undefined {
  const [item] = header.items('VOILUTSequence')
  const table =
    item &&
    lookupTableOf(
      item,
      inputs.some((input) => input < 0),
    )
  return table ? (input) => Math.min(1, table.look(input) / table.most) : windowOf(header)
}

/** A window beside the image's values, as some files have, would make it all black or all white. */
function showsNothing(voi: Window, inputs: readonly number[], counts: Uint32Array): boolean {
  const sides = { black: 0, white: 0, total: 0 }
  inputs.forEach((input, i) => {
    const count = counts[i] ?? 0
    if (count === 0) return
    const shown = voi(input)
    sides.total += count
    if (shown <= 0) sides.black += count
    if (shown >= 1) sides.white += count
  })
  return Math.max(sides.black, sides.white) > 0.99 * sides.total
}

function robustWindow(inputs: readonly number[], counts: Uint32Array): Window {
  const order = inputs.map((input, i) => ({ input, count: counts[i] ?? 0 })).filter(({ count }) => count > 0)
  order.sort((a, b) => a.input - b.input)
  const total = order.reduce((sum, { count }) => sum + count, 0)
  const at = (share: number) => {
    let left = share * total
    for (const { input, count } of order) {
      left -= count
      if (left <= 0) return input
    }
    return 0
  }
  return ramp(at(TAIL), at(1 - TAIL))
}
