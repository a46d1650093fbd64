import { type Radiograph, storedRange } from '../dicom/radiograph.ts'
import type { Levels } from '../dicom/resample.ts'
import type { ModelInput } from './manifest-schema.ts'

/** What a profile makes of each stored value; `black` where there is no pixel. */
export type ModelLevels = Levels & { readonly black: number }

type Profile = ModelInput['profile']

/** The shade of every stored value as shown, 0 black to 1 white: see `shades` of the display. */
export type Shades = Float64Array

const WHOLE_RANGE = { xrv: [-1024, 1024], window: [0, 1], unit: [0, 1], 'min-max': [0, 1] } as const

/** The least and the most that a profile makes of a pixel, before mean and spread. */
export const rangeOfProfile = (profile: Profile): readonly [number, number] => WHOLE_RANGE[profile]

function tabled(length: number, level: (at: number) => number): Float32Array {
  const table = new Float32Array(length)
  for (let at = 0; at < length; at++) table[at] = level(at)
  return table
}

/** Whatever the photometric interpretation, black is the least. */
function overAllBits({ bitsStored, photometric }: Radiograph, level: (share: number, most: number) => number) {
  const most = 2 ** bitsStored - 1
  return tabled(most + 1, (i) => level(photometric === 'MONOCHROME1' ? most - i : i, most))
}

function valuesThatOccur({ pixels, padding }: Radiograph): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let at = 0; at < pixels.length; at++) {
    const value = pixels[at] ?? 0
    if (padding && value >= padding.from && value <= padding.to) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  return low <= high ? [low, high] : [0, 0]
}

function fromLeastToMost(radiograph: Radiograph, least: number, length: number): Float32Array {
  const [low, high] = valuesThatOccur(radiograph)
  return tabled(length, (i) => {
    const share = high > low ? Math.min(1, Math.max(0, (least + i - low) / (high - low))) : 0
    return radiograph.photometric === 'MONOCHROME1' ? 1 - share : share
  })
}

function tableOf(profile: Profile, radiograph: Radiograph, least: number, shades: Shades | undefined): Float32Array {
  if (profile === 'xrv') return overAllBits(radiograph, (value, most) => ((2 * value) / most - 1) * 1024)
  if (profile === 'min-max') return fromLeastToMost(radiograph, least, 2 ** radiograph.bitsStored)
  if (profile === 'window' && shades) return Float32Array.from(shades)
  return overAllBits(radiograph, (value, most) => value / most)
}

export function levelsOf(profile: Profile, radiograph: Radiograph, shades: Shades | undefined): ModelLevels {
  const [least] = storedRange(radiograph)
  const [black, white] = rangeOfProfile(profile)
  const table = tableOf(profile, radiograph, least, shades)
  const { padding } = radiograph
  // Padding that is dark anyway stays as it is, as the reference has it; bright padding would be a white frame.
  const [from, to] = [(padding?.from ?? 0) - least, (padding?.to ?? 0) - least]
  if (padding && Math.max(table[from] ?? black, table[to] ?? black) > (black + white) / 2)
    table.fill(black, Math.max(0, from), Math.max(0, to + 1))
  return { least, table, black }
}
