import { type Levels, type Line, levelOf, type Ramp, type Table } from '../dicom/levels.ts'
import { type Radiograph, storedRange } from '../dicom/radiograph.ts'
import { rangeOfValues } from '../dicom/value-range.ts'
import type { ModelInput } from './manifest-schema.ts'

/** What a profile makes of each stored value; `black` where there is no pixel. */
export type ModelLevels = Levels & { readonly black: number }

type Padding = NonNullable<Radiograph['padding']>
type Profile = ModelInput['profile']

/** The shade of every stored value as shown, 0 black to 1 white: see `shades` of the display. */
export type Shades = Float64Array

const WHOLE_RANGE = { xrv: [-1024, 1024], window: [0, 1], unit: [0, 1], 'min-max': [0, 1] } as const

/** The least and the most that a profile makes of a pixel, before mean and spread. */
export const rangeOfProfile = (profile: Profile): readonly [number, number] => WHOLE_RANGE[profile]

/** From black to white over the values from `least` to `most`; for MONOCHROME1 the other way. */
function lineOf(profile: Profile, { photometric }: Radiograph, [least, most]: readonly [number, number]): Line {
  const [black, white] = rangeOfProfile(profile)
  const slope = (photometric === 'MONOCHROME1' ? black - white : white - black) / (most - least)
  return { slope, zero: (least + most) / 2 - (black + white) / 2 / slope }
}

function valuesThatOccur({ pixels, padding }: Radiograph): readonly [number, number] {
  if (!padding) return rangeOfValues(pixels)
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let at = 0; at < pixels.length; at++) {
    const value = pixels[at] ?? 0
    if (value >= padding.from && value <= padding.to) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  return low <= high ? [low, high] : [0, 0]
}

function fromLeastToMost(radiograph: Radiograph): Ramp {
  const [least, most] = valuesThatOccur(radiograph)
  const [low, high] = rangeOfProfile('min-max')
  if (most > least) return { ...lineOf('min-max', radiograph, [least, most]), low, high }
  const ofOne = radiograph.photometric === 'MONOCHROME1' ? high : low
  return { slope: 0, zero: 0, low: ofOne, high: ofOne }
}

function levelsBeside(profile: Profile, radiograph: Radiograph, shades: Shades | undefined): Levels {
  const range = storedRange(radiograph)
  if (profile === 'min-max') return fromLeastToMost(radiograph)
  if (profile === 'window' && shades) return { least: range[0], table: Float32Array.from(shades) }
  return lineOf(profile, radiograph, range)
}

/** All levels within the stored range but those of padding, which is black. */
function withBlackPadding(levels: Levels, radiograph: Radiograph, { from, to }: Padding, black: number): Table {
  const [least, most] = storedRange(radiograph)
  const table = new Float32Array(most - least + 1)
  for (let i = 0; i < table.length; i++) table[i] = levelOf(levels, least + i)
  return { least, table: table.fill(black, Math.max(0, from - least), Math.max(0, to - least + 1)) }
}

export function levelsOf(profile: Profile, radiograph: Radiograph, shades: Shades | undefined): ModelLevels {
  const [black, white] = rangeOfProfile(profile)
  const levels = levelsBeside(profile, radiograph, shades)
  const { padding } = radiograph
  // Padding that is dark anyway stays as it is, as the reference has it; bright padding would be a white frame.
  const bright = padding && Math.max(levelOf(levels, padding.from), levelOf(levels, padding.to)) > (black + white) / 2
  return { ...(bright ? withBlackPadding(levels, radiograph, padding, black) : levels), black }
}
