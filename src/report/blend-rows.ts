import { openKernel, placesIn, Wasm } from '../dicom/web-assembly.ts'
import { blended } from './colour-map.ts'

const { get, set, constant, add, shiftLeft, step } = Wasm

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
function blend() {
  const [upper, lower, end, told, table, grey, rgb] = [0, 1, 2, 3, 4, 5, 6]
  const [share, scale, half, top, level] = [7, 8, 9, 10, 11]
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
  return { name: 'blend', parameters: 7, vectors: 5, body } as const
}

/** line[i] = from + (to - from) * share: two numbers of the map (float32) for each column, and a float64 share. */
function stretch() {
  const [line, end, from, to, share, left] = [0, 1, 2, 3, 4, 5]
  const numberAt = (addresses: number) => [get(addresses), Wasm.load(0), Wasm.loadF32, Wasm.f32AsF64].flat()
  const column = [
    ...[get(line), numberAt(from), set(left), get(left), numberAt(to), get(left), Wasm.minusF64],
    ...[get(share), Wasm.loadF64(0), Wasm.timesF64, Wasm.plusF64, Wasm.storeF64],
    ...[step(line, 8), step(from, 4), step(to, 4), step(share, 8)],
  ]
  return { name: 'stretch', parameters: 5, numbers: 1, body: [Wasm.loopWhileBelow(line, end, column)] } as const
}

const kernel = openKernel([blend(), stretch()])

/** For each column the two numbers of the map it lies between, and how far. */
export type Taps = { readonly from: Int32Array; readonly to: Int32Array; readonly share: Float64Array }

/** Rows of greys under heat, one page at a time. */
export type BlendedRows = {
  /** One of two lines of heat: a row of the map, which begins at `from`, stretched to the page's columns. None is below 0. */
  stretch(line: 0 | 1, values: Float32Array, from: number): void
  /** Red, green and blue of each grey, `share` of the way from one line to the other. Overwritten by the next row. */
  blend(greys: Uint8Array, upper: 0 | 1, share: number): Uint8Array
}

/** `most`: the hottest of a map with so many numbers in a row. */
export function blendedRows(across: Taps, numbers: number, most: number): BlendedRows {
  const columns = across.from.length
  const even = columns + (columns % 2)
  const at = placesIn(kernel, {
    ...{ table: BLENDED.byteLength, told: 24, first: 8 * even, second: 8 * even, greys: even, rgb: 3 * even + 1 },
    ...{ map: 4 * numbers, from: 4 * columns, to: 4 * columns, share: 8 * columns },
  })
  const { buffer } = kernel.memory
  new Uint32Array(buffer, at.table, BLENDED.length).set(BLENDED)
  new Int32Array(buffer, at.from).set(across.from.map((each) => at.map + 4 * each))
  new Int32Array(buffer, at.to).set(across.to.map((each) => at.map + 4 * each))
  new Float64Array(buffer, at.share).set(across.share)
  new Float64Array(buffer, at.told).set([0, HOTTEST / most, 0.5])
  const told = new Float64Array(buffer, at.told, 1)
  const map = new Float32Array(buffer, at.map, numbers)
  const given = new Uint8Array(buffer, at.greys, columns)
  const made = new Uint8Array(buffer, at.rgb, 3 * columns)
  const lines = [at.first, at.second] as const
  // One pixel may be done beyond the last.
  for (const line of lines) new Float64Array(buffer, line, even).fill(0)
  return {
    stretch(line, values, from) {
      map.set(values.subarray(from, from + numbers))
      kernel.stretch(lines[line], lines[line] + 8 * columns, at.from, at.to, at.share)
    },
    blend(greys, upper, share) {
      given.set(greys)
      told[0] = share
      const [first, second] = upper === 0 ? lines : [at.second, at.first]
      kernel.blend(first, second, first + 8 * even, at.told, at.table, at.greys, at.rgb)
      return made
    },
  }
}
