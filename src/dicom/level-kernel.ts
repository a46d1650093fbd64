import { Wasm } from './web-assembly.ts'

const { get, set, constant, add, shiftLeft, step, loopWhileBelow } = Wasm

/** Pixels that are done in one turn without a table: a few may be done beyond the last. */
const AT_ONCE = 8

type LoadFour = (offset: number) => readonly number[]

/** line[i] = table[pixels[i]], by the pixel's bits without sign, to float32. */
export function lookUp<Name extends string>(name: Name, bytes: 1 | 2) {
  const [pixels, table, line, end] = [0, 1, 2, 3]
  const value = bytes === 1 ? Wasm.loadU8(0) : Wasm.loadU16(0)
  const level = [get(pixels), value, constant(2), shiftLeft, get(table), add, Wasm.loadF32]
  const body = [get(line), ...level, Wasm.storeF32, ...step(pixels, bytes), ...step(line, 4)].flat()
  return { name, parameters: 4, body: [loopWhileBelow(line, end, [body])] }
}

/** Of each level `made` from a vector of pixels as float32, with these float32 of what is told, each in a local. */
function straight<Name extends string>(
  { name, bytes, loadFour, told }: { name: Name; bytes: 1 | 2; loadFour: LoadFour; told: number },
  made: (first: number) => readonly (readonly number[])[],
) {
  const [pixels, tellings, line, end, first] = [0, 1, 2, 3, 4]
  const four = (at: number) => [
    ...[...get(line), ...get(pixels), ...loadFour(bytes * at), ...Wasm.integersToF32],
    ...[...made(first).flat(), ...Wasm.storeVector(4 * at)],
  ]
  const read = Array.from({ length: told }, (_, i) => [get(tellings), Wasm.loadAllF32(4 * i), set(first + i)].flat())
  return {
    ...{ name, parameters: 4, vectors: told },
    body: [
      ...read,
      loopWhileBelow(line, end, [four(0), four(4), step(pixels, bytes * AT_ONCE), step(line, 4 * AT_ONCE)]),
    ],
  }
}

/** line[i] = pixels[i] − zero, float32. */
export const lessZero = <Name extends string>(name: Name, bytes: 1 | 2, loadFour: LoadFour) =>
  straight({ name, bytes, loadFour, told: 1 }, (zero) => [get(zero), Wasm.subtractF32])

/** line[i] = min(high, max(low, slope * (pixels[i] − zero))), float32. */
export const ramp = <Name extends string>(name: Name, bytes: 1 | 2, loadFour: LoadFour) =>
  straight({ name, bytes, loadFour, told: 4 }, (zero) => [
    ...[get(zero), Wasm.subtractF32, get(zero + 1), Wasm.multiplyF32],
    ...[get(zero + 2), Wasm.mostOfF32, get(zero + 3), Wasm.leastOfF32],
  ])
