import { type Canvas, clamp, type Frame, type Stroke, smoothstep, strokeLayer } from './phantom-canvas.ts'
import { type Random, randomBits } from './phantom-random.ts'
import { addLayer } from './phantom-thorax.ts'

export type Film = {
  /** Stored value 0..1 is a logistic curve of attenuation around `centre`. */
  centre: number
  slope: number
  /** Standard deviation of the noise in attenuation, after scaling to 224 pixels. */
  noise: number
  clutter: number
  /** Width of the shutters, as a fraction of the image, left, top, right, bottom. */
  shutters: [number, number, number, number]
}

export function drawFilm(random: Random): Film {
  const shutter = () => (random.chance(0.3) ? random.between(0.005, 0.03) : 0)
  return {
    centre: random.between(0.56, 0.7),
    slope: random.between(0.15, 0.21),
    noise: random.between(0.006, 0.022),
    clutter: random.between(0.01, 0.03),
    shutters: [shutter(), shutter(), shutter(), shutter()],
  }
}

const GAUSSIANS = 4096

/** Standard normal deviates by Box and Muller, drawn once and then picked at random. */
function gaussianTable(): Float32Array {
  const bits = randomBits(0, 'gaussian')
  const uniform = () => (bits() + 0.5) / 0x1_0000_0000
  return Float32Array.from(
    { length: GAUSSIANS },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  )
}

type Wave = { columnCos: Float64Array; columnSin: Float64Array; rowCos: Float64Array; rowSin: Float64Array }

/** cos(kx·x + ky·y + phase) over the frame, taken apart into columns and rows: cos(a + b) = cos a cos b - sin a sin b. */
function openWave({ rows, columns, unit, centreX, centreY, cos, sin }: Frame, random: Random): Wave {
  const [kx, ky] = [random.between(-18, 18), random.between(-18, 18)]
  const phase = random.between(0, 2 * Math.PI)
  const across = (column: number) => ((column - centreX) * (kx * cos - ky * sin)) / unit
  const down = (row: number) => ((row - centreY) * (kx * sin + ky * cos)) / unit + phase
  return {
    columnCos: Float64Array.from({ length: columns }, (_, column) => Math.cos(across(column))),
    columnSin: Float64Array.from({ length: columns }, (_, column) => Math.sin(across(column))),
    rowCos: Float64Array.from({ length: rows }, (_, row) => Math.cos(down(row))),
    rowSin: Float64Array.from({ length: rows }, (_, row) => Math.sin(down(row))),
  }
}

const waveAt = ({ columnCos, columnSin, rowCos, rowSin }: Wave, row: number, column: number) =>
  (columnCos[column] ?? 0) * (rowCos[row] ?? 0) - (columnSin[column] ?? 0) * (rowSin[row] ?? 0)

/** Smooth unevenness of the body, a few waves. */
function addClutter({ frame, data }: Canvas, amount: number, random: Random) {
  const open = () => openWave(frame, random)
  const [a, b, c, d, e] = [open(), open(), open(), open(), open()]
  for (let row = 0; row < frame.rows; row++) {
    for (let column = 0; column < frame.columns; column++) {
      const index = row * frame.columns + column
      const value = data[index] ?? 0
      if (value < 0.05) continue
      const first = waveAt(a, row, column) + waveAt(b, row, column)
      const second = waveAt(c, row, column) * waveAt(d, row, column) * waveAt(e, row, column)
      data[index] = value + amount * (0.5 * first + second)
    }
  }
}

/** The side marker, on the patient's left: a bright L. */
function addMarker(attenuation: Canvas, random: Random) {
  const x = random.between(0.37, 0.41)
  const y = random.between(-0.46, -0.42)
  const letter = [
    { x, y },
    { x, y: y + 0.035 },
    { x: x + 0.022, y: y + 0.035 },
  ]
  const stroke: Stroke = { points: letter, width: 0.007, amount: 1.2 }
  addLayer(attenuation, strokeLayer(attenuation.frame, [stroke]))
}

/** Exposes the film: attenuation to 12-bit stored values, bone bright (MONOCHROME2). */
export function exposeFilm(attenuation: Canvas, film: Film, seed: number, random: Random): Uint16Array {
  addClutter(attenuation, film.clutter, random)
  addMarker(attenuation, random)
  const { rows, columns } = attenuation.frame
  const normal = gaussianTable()
  const bits = randomBits(seed, 'noise')
  const noise = film.noise * Math.max(1, (1.3 * Math.min(rows, columns)) / 224)
  const [left, top, right, bottom] = film.shutters
  const pixels = new Uint16Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    if (row < top * rows || row >= (1 - bottom) * rows) continue
    for (let column = Math.ceil(left * columns); column < (1 - right) * columns; column++) {
      const index = row * columns + column
      const value = attenuation.data[index] ?? 0
      const grain = noise * (0.5 + 0.7 * value) * (normal[bits() % GAUSSIANS] ?? 0)
      const open = smoothstep(-0.1, 0.12, value)
      const shade = 1 / (1 + Math.exp(-(value + grain - film.centre) / film.slope))
      pixels[index] = Math.round(4095 * clamp(0.02 + 0.96 * shade * (0.4 + 0.6 * open)))
    }
  }
  return pixels
}
