import { openKernel, Wasm, type WasmFunction } from './web-assembly.ts'

const { get, set, constant, add, shiftLeft, step, loopWhileBelow } = Wasm

/** line[i] = table[pixels[i]]: of 16 bits without sign, to float32. */
function lookUp(): WasmFunction {
  const [pixels, table, line, end] = [0, 1, 2, 3]
  const level = [get(pixels), Wasm.loadU16(0), constant(2), shiftLeft, get(table), add, Wasm.loadF32]
  const body = [get(line), ...level, Wasm.storeF32, ...step(pixels, 2), ...step(line, 4)].flat()
  return { name: 'lookUp', parameters: 4, body: [loopWhileBelow(line, end, [body])] }
}

/** sums[i] += a[i] * weights[0] + … + d[i] * weights[3], two at a time: lines of float32, weights and sums float64. */
function addFour(): WasmFunction {
  const [sums, end, weights] = [0, 1, 2]
  const lines = [3, 4, 5, 6]
  const weightOf = (line: number) => line + 4
  const weighed = (line: number) =>
    [get(line), Wasm.loadTwoF32, Wasm.f32ToF64, get(weightOf(line)), Wasm.multiplyF64, Wasm.addF64].flat()
  return {
    ...{ name: 'addFour', parameters: 7, vectors: 4 },
    body: [
      ...lines.flatMap((line, i) => [get(weights), Wasm.loadBoth(8 * i), set(weightOf(line))]),
      loopWhileBelow(sums, end, [
        ...[get(sums), get(sums), Wasm.loadVector(0), ...lines.map(weighed), Wasm.storeVector],
        ...[...lines.map((line) => step(line, 8)), step(sums, 16)],
      ]),
    ],
  }
}

/**
 * One output pixel for each address in `firsts`: of the sums from there on, each times its weight, four at a time; `reach`:
 * of one pixel's weights, in bytes. `size`: of an output pixel.
 */
function sumColumns(name: string, size: number, made: readonly number[]): WasmFunction {
  const [firsts, end, weights, to, reach, from, endOfWeights, sum] = [0, 1, 2, 3, 4, 5, 6, 7]
  const weighed = (k: number) =>
    [get(weights), Wasm.loadF64(8 * k), get(from), Wasm.loadF64(8 * k), Wasm.timesF64].flat()
  const four = [weighed(0), ...[1, 2, 3].map((k) => [...weighed(k), ...Wasm.plusF64])]
  return {
    ...{ name, parameters: 5, integers: 2, numbers: 1 },
    body: [
      loopWhileBelow(firsts, end, [
        ...[get(firsts), Wasm.load(0), set(from), Wasm.constantF64(0), set(sum)],
        ...[get(weights), get(reach), add, set(endOfWeights)],
        loopWhileBelow(weights, endOfWeights, [
          ...[get(sum), ...four, Wasm.plusF64, set(sum), step(from, 32), step(weights, 32)],
        ]),
        ...[get(to), get(sum), made, step(to, size), step(firsts, 4)],
      ]),
    ],
  }
}

/** As Uint8ClampedArray rounds: 0 to 255, of two whole numbers the even one. */
const GREY = [...Wasm.constantF64(255), ...Wasm.leastF64, ...Wasm.roundF64, ...Wasm.f64ToU32, ...Wasm.store8]

export const openRowKernel = () =>
  openKernel([
    lookUp(),
    addFour(),
    sumColumns('sumToF32', 4, [...Wasm.f64ToF32, ...Wasm.storeF32]),
    sumColumns('sumToGrey', 1, GREY),
  ])
