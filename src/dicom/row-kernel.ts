import { lessZero, lookUp, ramp } from './level-kernel.ts'
import { openKernel, Wasm } from './web-assembly.ts'

const { get, set, add, step, loopWhileBelow } = Wasm

/** So many columns are summed in registers, four in each. */
export const COLUMNS_AT_ONCE = 32
const VECTORS = COLUMNS_AT_ONCE / 4

/** sums[column] = the column's level in each of the lines, times the line's weight. `lines`: their addresses. */
function sumLines() {
  const [lines, endOfLines, weights, column, end, sums] = [0, 1, 2, 3, 4, 5]
  const [line, weight, at] = [6, 7, 8]
  const share = 9
  const four = Array.from({ length: VECTORS }, (_, i) => ({ sum: 10 + i, offset: 16 * i }))
  const lineTimesWeight = [
    ...[get(weight), Wasm.loadAllF32(0), set(share), get(line), Wasm.load(0), get(column), add, set(at)],
    ...four.flatMap(({ sum, offset }) => [
      ...[get(at), Wasm.loadVector(offset), get(share), Wasm.multiplyF32, get(sum), Wasm.addF32, set(sum)],
    ]),
    ...[step(line, 4), step(weight, 4)],
  ]
  return {
    ...{ name: 'sumLines', parameters: 6, integers: 3, vectors: 1 + VECTORS },
    body: [
      loopWhileBelow(column, end, [
        ...[get(lines), set(line), get(weights), set(weight)],
        ...four.flatMap(({ sum }) => [Wasm.zeros, set(sum)]),
        loopWhileBelow(line, endOfLines, lineTimesWeight),
        ...four.flatMap(({ sum, offset }) => [get(sums), get(sum), Wasm.storeVector(offset)]),
        ...[step(sums, 4 * COLUMNS_AT_ONCE), step(column, 4 * COLUMNS_AT_ONCE)],
      ]),
    ],
  } as const
}

/** Stores four output pixels, of so many bytes together; they are in a vector of their own, given by its local. */
type Output = { readonly size: number; readonly store: (pixels: number) => readonly number[] }

/** float32 from here on are whole numbers, in their lowest bits. */
const WHOLE = 2 ** 23
const FLOAT: Output = { size: 16, store: (pixels) => [...get(pixels), ...Wasm.storeVector(0)] }
/** As Uint8ClampedArray rounds: 0 to 255, of two whole numbers the even one. */
const GREY: Output = {
  size: 4,
  store: (pixels) =>
    [
      ...[get(pixels), Wasm.zeros, Wasm.mostOfF32, Wasm.constantF32(255), Wasm.leastOfF32],
      ...[Wasm.constantF32(WHOLE), Wasm.addF32, set(pixels), Wasm.lowBytes(pixels), Wasm.storeFourBytes],
    ].flat(),
}

/** What stands in the four parts of each of four vectors, summed in twos and then in one. */
function inOne([a, b, c, d]: readonly [number, number, number, number], half: number, otherHalf: number) {
  const inTwos = (one: number, other: number) =>
    [get(one), get(other), Wasm.evenParts, get(one), get(other), Wasm.oddParts, Wasm.addF32].flat()
  return [inTwos(a, b), set(half), inTwos(c, d), set(otherHalf), inTwos(half, otherHalf)].flat()
}

/**
 * An output pixel for each address in `firsts`: of the sums from there on, each times its weight, every fourth by itself and
 * then these four. Four pixels at a time: `weights` have four of each, then the next four of each; `reach`: of all of them,
 * in bytes.
 */
function sumColumns<Name extends string>(name: Name, { size, store }: Output) {
  const [firsts, end, weights, to, reach, endOfWeights] = [0, 1, 2, 3, 4, 5]
  const pixels = Array.from({ length: 4 }, (_, i) => ({ from: 6 + i, sum: 10 + i, offset: 16 * i }))
  return {
    ...{ name, parameters: 5, integers: 5, vectors: 6 },
    body: [
      loopWhileBelow(firsts, end, [
        ...pixels.flatMap(({ from, sum }, i) => [get(firsts), Wasm.load(4 * i), set(from), Wasm.zeros, set(sum)]),
        ...[get(weights), get(reach), add, set(endOfWeights)],
        loopWhileBelow(weights, endOfWeights, [
          ...pixels.flatMap(({ from, sum, offset }) => [
            ...[get(from), Wasm.loadVector(0), get(weights), Wasm.loadVector(offset), Wasm.multiplyF32],
            ...[get(sum), Wasm.addF32, set(sum), step(from, 16)],
          ]),
          step(weights, 64),
        ]),
        ...[inOne([10, 11, 12, 13], 14, 15), set(14), get(to), store(14), step(to, size), step(firsts, 16)],
      ]),
    ],
  }
}

/** The same where four weights reach. */
function sumFourColumns<Name extends string>(name: Name, { size, store }: Output) {
  const [firsts, end, weights, to] = [0, 1, 2, 3]
  const pixels = Array.from({ length: 4 }, (_, i) => ({ sum: 4 + i, offset: 16 * i }))
  return {
    ...{ name, parameters: 4, vectors: 6 },
    body: [
      loopWhileBelow(firsts, end, [
        ...pixels.flatMap(({ sum, offset }, i) => [
          ...[get(firsts), Wasm.load(4 * i), Wasm.loadVector(0)],
          ...[get(weights), Wasm.loadVector(offset), Wasm.multiplyF32, set(sum)],
        ]),
        ...[inOne([4, 5, 6, 7], 8, 9), set(8), get(to), store(8)],
        ...[step(to, size), step(firsts, 16), step(weights, 64)],
      ]),
    ],
  }
}

/** Its memory holds nothing from one image to the next, and is kept for it. */
export const rowKernel = openKernel([
  lookUp('lookUp8', 1),
  lookUp('lookUp16', 2),
  lessZero('lessZeroU8', 1, Wasm.loadFourU8),
  lessZero('lessZeroS8', 1, Wasm.loadFourS8),
  lessZero('lessZeroU16', 2, Wasm.loadFourU16),
  lessZero('lessZeroS16', 2, Wasm.loadFourS16),
  ramp('rampU8', 1, Wasm.loadFourU8),
  ramp('rampS8', 1, Wasm.loadFourS8),
  ramp('rampU16', 2, Wasm.loadFourU16),
  ramp('rampS16', 2, Wasm.loadFourS16),
  sumLines(),
  sumColumns('sumToF32', FLOAT),
  sumColumns('sumToGrey', GREY),
  sumFourColumns('sumFourToF32', FLOAT),
  sumFourColumns('sumFourToGrey', GREY),
])
