import { openKernel, placesIn, Wasm } from '../dicom/web-assembly.ts'
import { blended } from './colour-map.ts'

/** The hottest level of heat. */
const HOTTEST = 255

/** What becomes of each grey under each level of heat: red, green and blue from the lowest byte on. */
const BLENDED = Uint32Array.from({ length: 256 * 256 }, (_, i) => {
  const [red, green, blue] = blended(i % 256, Math.floor(i / 256) / HOTTEST)
  return red + green * 0x100 + blue * 0x10000
})

/**
 * rgb[pixel] = table[level][grey], two pixels at a time; the level is between two lines of heat (float64), scaled and
 * rounded. Of each colour four bytes are written, the last of them under the next.
 */
function openBlendKernel() {
  const { get, set, constant, add, shiftLeft } = Wasm
  const [upper, lower, end, told, table, grey, rgb] = [0, 1, 2, 3, 4, 5, 6]
  const [share, scale, half, top, level] = [7, 8, 9, 10, 11]
  const step = (address: number, bytes: number) => [get(address), constant(bytes), add, set(address)].flat()
  const pixel = (k: number) =>
    [
      ...[get(rgb), get(level), Wasm.integerOf(k), constant(10), shiftLeft, get(grey), Wasm.loadU8(k)],
      ...[constant(2), shiftLeft, add, get(table), add, Wasm.load(0), Wasm.store(3 * k)],
    ].flat()
  const pixels = [
    ...[get(upper), Wasm.loadVector(0), set(top), get(lower), Wasm.loadVector(0), get(top), Wasm.subtractF64],
    ...[get(share), Wasm.multiplyF64, get(top), Wasm.addF64, get(scale), Wasm.multiplyF64, get(half), Wasm.addF64],
    ...[Wasm.f64ToIntegers, set(level), pixel(0), pixel(1)],
    ...[step(upper, 16), step(lower, 16), step(grey, 2), step(rgb, 6)],
  ]
  const read = [share, scale, half].flatMap((local, i) => [...get(told), ...Wasm.loadBoth(8 * i), ...set(local)])
  const body = [read, Wasm.loopWhileBelow(upper, end, pixels)]
  return openKernel([{ name: 'blend', parameters: 7, vectors: 5, body }])
}

const kernel = openBlendKernel()

/** Rows of greys under heat, one page at a time. */
export type BlendedRows = {
  /** Two lines of heat, to be written: one number for each column, none below 0. */
  readonly lines: readonly [Float64Array, Float64Array]
  /** Red, green and blue of each grey, `share` of the way from one line to the other. Overwritten by the next row. */
  blend(greys: Uint8Array, from: 0 | 1, share: number): Uint8Array
}

/** `most`: the hottest of the map. */
export function blendedRows(columns: number, most: number): BlendedRows {
  const even = columns + (columns % 2)
  const at = placesIn(kernel, {
    ...{ table: BLENDED.byteLength, told: 24, first: 8 * even, second: 8 * even, greys: even, rgb: 3 * even + 1 },
  })
  const { buffer } = kernel.memory
  new Uint32Array(buffer, at.table, BLENDED.length).set(BLENDED)
  const told = new Float64Array(buffer, at.told, 3)
  const given = new Uint8Array(buffer, at.greys, columns)
  const made = new Uint8Array(buffer, at.rgb, 3 * columns)
  const places = [at.first, at.second] as const
  // One pixel may be done beyond the last.
  for (const place of places) new Float64Array(buffer, place, even).fill(0)
  return {
    lines: [new Float64Array(buffer, at.first, columns), new Float64Array(buffer, at.second, columns)],
    blend(greys, from, share) {
      given.set(greys)
      told.set([share, HOTTEST / most, 0.5])
      const [upper, lower] = [places[from], places[1 - from] ?? 0]
      kernel.blend(upper, lower, upper + 8 * even, at.told, at.table, at.greys, at.rgb)
      return made
    },
  }
}
