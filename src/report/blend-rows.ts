import { openKernel, placesIn, Wasm } from '../dicom/web-assembly.ts'
import { blended, VISIBLE } from './colour-map.ts'

const { get, set, constant, add, shiftLeft, step } = Wasm

/** The hottest level of heat. */
const HOTTEST = 255
/** Levels are told apart finer than that between two rows: in so many bits. */
const PARTS = 7
/** Up to this level the radiograph stays untouched. */
const COLD = Math.floor(VISIBLE * HOTTEST)
/** Pixels done at a time. */
const EIGHT = 8

/** What becomes of each grey under each level of heat: red, green and blue from the lowest byte on; by grey, then by level. */
const BLENDED = Uint32Array.from({ length: 256 * 256 }, (_, i) => {
  const [red, green, blue] = blended(Math.floor(i / 256), (i % 256) / HOTTEST)
  return red + green * 0x100 + blue * 0x10000
})

/** Of eight greys each three times to an address, by a vector's local. */
function threeTimes(greys: number, rgb: number, eight: number) {
  const part = (from: number) => {
    const places = Array.from({ length: 16 }, (_, i) => Math.min(EIGHT - 1, Math.floor((from + i) / 3)))
    return [get(rgb), get(eight), get(eight), Wasm.shuffle(places), Wasm.storeVector(from)].flat()
  }
  return [get(greys), Wasm.loadHalf, set(eight), part(0), part(16)].flat()
}

/**
 * rgb[pixel] = table[grey][level], eight pixels at a time; the level is between two lines of heat (int16), rounded. Of each
 * pixel four bytes are written, the last of them under the next. The table stands at address 0.
 */
function blend() {
  const [upper, lower, end, told, greys, rgb] = [0, 1, 2, 3, 4, 5]
  const [share, half, cold, level, eight] = [6, 7, 8, 9, 10]
  const pixel = (k: number) =>
    [
      ...[get(rgb), get(greys), Wasm.loadU8(k), constant(8), shiftLeft, get(level), Wasm.shortOf(k), add],
      ...[constant(2), shiftLeft, Wasm.load(0), Wasm.store(3 * k)],
    ].flat()
  const warm = Array.from({ length: EIGHT }, (_, k) => pixel(k)).flat()
  const untouched = threeTimes(greys, rgb, eight)
  const pixels = [
    ...[get(upper), Wasm.loadVector(0), set(level), get(level), get(lower), Wasm.loadVector(0), get(level)],
    ...[Wasm.subtractShorts, get(share), Wasm.multiplyFractions, Wasm.addShorts, get(half), Wasm.addShorts],
    ...[constant(PARTS), Wasm.shiftShortsRight, set(level)],
    ...[get(level), get(cold), Wasm.moreShorts, Wasm.anyBit, Wasm.either(warm, untouched)],
    ...[step(upper, 2 * EIGHT), step(lower, 2 * EIGHT), step(greys, EIGHT), step(rgb, 3 * EIGHT)],
  ]
  const read = [share, half, cold].flatMap((local, i) => [...get(told), ...Wasm.loadEight(2 * i), ...set(local)])
  const body = [read, Wasm.loopWhileBelow(upper, end, pixels)]
  return { name: 'blend', parameters: 6, vectors: 5, body } as const
}

/** rgb[pixel] = its grey three times, eight pixels at a time. */
function spread() {
  const [greys, end, rgb, eight] = [0, 1, 2, 3]
  const pixels = [threeTimes(greys, rgb, eight), step(greys, EIGHT), step(rgb, 3 * EIGHT)]
  return { name: 'spread', parameters: 3, vectors: 1, body: [Wasm.loopWhileBelow(greys, end, pixels)] } as const
}

/** line[i] = from + (to - from) * share, of int16 for each column: where the two stand, and a share in 2^15ths (int32). */
function stretch() {
  const [line, end, from, to, share, left] = [0, 1, 2, 3, 4, 5]
  const levelAt = (addresses: number) => [get(addresses), Wasm.load(0), Wasm.loadU16(0)].flat()
  const column = [
    ...[get(line), levelAt(from), set(left), levelAt(to), get(left), Wasm.subtract, get(share), Wasm.load(0)],
    ...[Wasm.multiply, constant(2 ** 14), add, constant(15), Wasm.shiftRight, get(left), add, Wasm.store16],
    ...[step(line, 2), step(from, 4), step(to, 4), step(share, 4)],
  ]
  return { name: 'stretch', parameters: 5, integers: 1, body: [Wasm.loopWhileBelow(line, end, column)] } as const
}

const kernel = openKernel([blend(), spread(), stretch()])

/** For each column the two numbers of the map it lies between, and how far. */
export type Taps = { readonly from: Int32Array; readonly to: Int32Array; readonly share: Float64Array }

/** So many rows are done before they are taken from the kernel's memory: few enough to stay in the cache. */
export const TOGETHER = 32

type Grey = { readonly columns: number; readonly grey: Uint8Array }

/** Red, green and blue of some rows, at most `TOGETHER`; good until the next ones are asked for. */
export type ColouredRows = (begin: number, end: number) => Uint8Array

/** What may be read and written beyond the last pixel. */
const BEYOND = 3 * EIGHT + 1

/** A radiograph as it is. */
export function plainRows({ columns, grey: greys }: Grey): ColouredRows {
  const at = placesIn(kernel, { greys: TOGETHER * columns + BEYOND, rgb: 3 * TOGETHER * columns + BEYOND })
  const { buffer } = kernel.memory
  const given = new Uint8Array(buffer, at.greys, TOGETHER * columns)
  return (begin, end) => {
    const pixels = (end - begin) * columns
    given.set(greys.subarray(begin * columns, end * columns))
    kernel.spread(at.greys, at.greys + pixels, at.rgb)
    return new Uint8Array(buffer, at.rgb, 3 * pixels)
  }
}

/** How a map of another size lies over a radiograph, and its hottest number. */
export type Heat = {
  readonly down: Taps
  readonly across: Taps
  readonly values: Float32Array
  /** Of a row of the map. */
  readonly numbers: number
  readonly most: number
}

/** A share, 0 to 1, in 2^15ths. */
const fractionOf = (share: number): number => Math.min(2 ** 15 - 1, Math.round(share * 2 ** 15))

/** Under heat, bilinear; to be asked for from the top row on. */
export function heatedRows(
  { columns, grey: greys }: Grey,
  { down, across, values, numbers, most }: Heat,
): ColouredRows {
  const eights = Math.ceil(columns / EIGHT) * EIGHT
  const at = placesIn(kernel, {
    ...{ table: BLENDED.byteLength, told: 6, first: 2 * eights, second: 2 * eights },
    ...{ levels: 2 * numbers, from: 4 * columns, to: 4 * columns, share: 4 * columns },
    ...{ greys: TOGETHER * columns + BEYOND, rgb: 3 * TOGETHER * columns + BEYOND },
  })
  const { buffer } = kernel.memory
  new Uint32Array(buffer, at.table, BLENDED.length).set(BLENDED)
  new Int32Array(buffer, at.from).set(across.from.map((each) => at.levels + 2 * each))
  new Int32Array(buffer, at.to).set(across.to.map((each) => at.levels + 2 * each))
  new Int32Array(buffer, at.share).set(Int32Array.from(across.share, fractionOf))
  const told = new Int16Array(buffer, at.told, 3)
  told.set([0, 2 ** (PARTS - 1), COLD])
  const levels = new Int16Array(buffer, at.levels, numbers)
  const scale = (HOTTEST * 2 ** PARTS) / most
  const given = new Uint8Array(buffer, at.greys, TOGETHER * columns)
  let [upper, lower] = [at.first, at.second]
  // Some pixels are done beyond the last.
  for (const line of [upper, lower]) new Int16Array(buffer, line, eights).fill(0)
  const stretchTo = (line: number, row: number) => {
    for (let i = 0; i < numbers; i++) levels[i] = (values[row * numbers + i] ?? 0) * scale + 0.5
    kernel.stretch(line, line + 2 * columns, at.from, at.to, at.share)
  }
  let reached = -1
  return (begin, end) => {
    given.set(greys.subarray(begin * columns, end * columns))
    for (let row = begin; row < end; row++) {
      const from = down.from[row] ?? 0
      if (from !== reached) {
        if (from === reached + 1 && reached >= 0) [upper, lower] = [lower, upper]
        else stretchTo(upper, from)
        stretchTo(lower, down.to[row] ?? 0)
        reached = from
      }
      told[0] = fractionOf(down.share[row] ?? 0)
      const done = (row - begin) * columns
      kernel.blend(upper, lower, upper + 2 * eights, at.told, at.greys + done, at.rgb + 3 * done)
    }
    return new Uint8Array(buffer, at.rgb, 3 * (end - begin) * columns)
  }
}
