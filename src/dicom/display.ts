import type { Header } from './header.ts'
import { rampOf } from './levels.ts'
import { lookupTableOf } from './lookup-table.ts'
import { type Radiograph, storedRange } from './radiograph.ts'
import { resizedGrey } from './resample.ts'
import { ramp, type Window, windowOf } from './window.ts'

type Size = { readonly rows: number; readonly columns: number }

/** Share of pixels that may be darker than black, and brighter than white, where an image brings no VOI LUT. */
const TAIL = 0.005

/**
 * How its maker meant each stored value to be seen, from the lowest that Bits Stored allow on, 0 black to 1 white: Modality
 * LUT, VOI LUT and polarity (PS3.3 C.11.1, C.11.2, C.11.6). Padding is black. `histogram`: of the radiograph.
 */
export function shadesOf(radiograph: Radiograph, header: Header, histogram: Uint32Array): Float64Array {
  const [least] = storedRange(radiograph)
  const counts = withoutPadding(radiograph, histogram, least)
  const inputs = modalityOutputs(header, least, counts.length)
  const intended = voiTransform(header, inputs)
  const voi = intended && !showsNothing(intended, inputs, counts) ? intended : robustWindow(inputs, counts)
  const inverse = isInverse(radiograph, header)
  const shades = new Float64Array(inputs.length)
  for (let i = 0; i < shades.length; i++) {
    const shade = voi(inputs[i] ?? 0)
    shades[i] = inverse ? 1 - shade : shade
  }
  const { padding } = radiograph
  if (padding) shades.fill(0, Math.max(0, padding.from - least), Math.max(0, padding.to - least + 1))
  return shades
}

/** The radiograph in those shades, 0 black to 255 white, without overlays and shutters; at another size where one is given. */
export function displayGrey(radiograph: Radiograph, shades: Float64Array, size: Size = radiograph): Uint8Array {
  const [least] = storedRange(radiograph)
  const table = new Float32Array(shades.length)
  for (let i = 0; i < table.length; i++) table[i] = 255 * (shades[i] ?? 0)
  const levels = { least, table }
  return resizedGrey(radiograph, rampOf(levels) ?? levels, size)
}

/** MONOCHROME1 already is what INVERSE asks for: DX images carry both, PS3.3 C.8.11.3.1.2. */
function isInverse({ photometric }: Radiograph, header: Header): boolean {
  return photometric === 'MONOCHROME1' || header.string('PresentationLUTShape') === 'INVERSE'
}

function withoutPadding({ padding }: Radiograph, histogram: Uint32Array, least: number): Uint32Array {
  return padding
    ? histogram.slice().fill(0, Math.max(0, padding.from - least), Math.max(0, padding.to - least + 1))
    : histogram
}

/** Of so many stored values, from `least` on. */
function modalityOutputs(header: Header, least: number, length: number): Float64Array {
  const [item] = header.items('ModalityLUTSequence')
  const table = item && lookupTableOf(item, least < 0)
  const slope = header.number('RescaleSlope') || 1
  const intercept = header.number('RescaleIntercept') ?? 0
  const outputs = new Float64Array(length)
  for (let i = 0; i < length; i++) outputs[i] = table ? table.look(least + i) : (least + i) * slope + intercept
  return outputs
}

function voiTransform(header: Header, inputs: Float64Array): Window | undefined {
  const [item] = header.items('VOILUTSequence')
  const belowZero = () => inputs.some((input) => input < 0)
  const table = item && lookupTableOf(item, belowZero())
  return table ? (input) => Math.min(1, table.look(input) / table.most) : windowOf(header)
}

/** A window beside the image's values, as some files have, would make it all black or all white. */
function showsNothing(voi: Window, inputs: Float64Array, counts: Uint32Array): boolean {
  const sides = { black: 0, white: 0, total: 0 }
  for (let i = 0; i < inputs.length; i++) {
    const count = counts[i] ?? 0
    if (count === 0) continue
    const shown = voi(inputs[i] ?? 0)
    sides.total += count
    if (shown <= 0) sides.black += count
    if (shown >= 1) sides.white += count
  }
  return Math.max(sides.black, sides.white) > 0.99 * sides.total
}

function robustWindow(inputs: Float64Array, counts: Uint32Array): Window {
  let total = 0
  for (let i = 0; i < counts.length; i++) total += counts[i] ?? 0
  const order = ascending(inputs)
  const [low, high] = [TAIL * total, (1 - TAIL) * total]
  let [sum, from, to] = [0, 0, 0]
  for (let at = 0; at < inputs.length && sum < high; at++) {
    const i = order?.[at] ?? at
    const count = counts[i] ?? 0
    if (count === 0) continue
    if (sum < low) from = inputs[i] ?? 0
    to = inputs[i] ?? 0
    sum += count
  }
  return ramp(from, to)
}

/** The places of the inputs from the lowest on, which a table may have in any order; undefined where they are in order. */
function ascending(inputs: Float64Array): Uint32Array | undefined {
  let at = 1
  while (at < inputs.length && (inputs[at] ?? 0) >= (inputs[at - 1] ?? 0)) at++
  if (at >= inputs.length) return undefined
  return Uint32Array.from(inputs, (_, i) => i).sort((a, b) => (inputs[a] ?? 0) - (inputs[b] ?? 0))
}
