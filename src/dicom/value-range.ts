import type { StoredValues } from './stored-values.ts'
import { openKernel, placesIn, Wasm } from './web-assembly.ts'

const VECTOR = 16
/** Bytes of pixels that are given to the kernel together: enough to be worth it, few enough to stay in the cache. */
const TOGETHER = 32_768

/** The least and the most of the pixels in each of a vector's lanes, beginning with those that stand there. */
function extremes<Name extends string>(name: Name, least: readonly number[], most: readonly number[]) {
  const { get, set, step, loadVector, storeVector } = Wasm
  const [pixels, end, lows, highs] = [0, 1, 2, 3]
  const [low, high, some] = [4, 5, 6]
  return {
    ...{ name, parameters: 4, vectors: 3 },
    body: [
      ...[get(lows), loadVector(0), set(low), get(highs), loadVector(0), set(high)],
      Wasm.loopWhileBelow(pixels, end, [
        ...[get(pixels), loadVector(0), set(some), get(some), get(low), least, set(low)],
        ...[get(some), get(high), most, set(high), step(pixels, VECTOR)],
      ]),
      ...[get(lows), get(low), storeVector(0), get(highs), get(high), storeVector(0)],
    ],
  }
}

const kernel = openKernel([
  extremes('extremesU8', Wasm.leastOfU8, Wasm.mostOfU8),
  extremes('extremesS8', Wasm.leastOfS8, Wasm.mostOfS8),
  extremes('extremesU16', Wasm.leastOfU16, Wasm.mostOfU16),
  extremes('extremesS16', Wasm.leastOfS16, Wasm.mostOfS16),
])

const at = placesIn(kernel, { pixels: TOGETHER, lows: VECTOR, highs: VECTOR })

type Range = readonly [least: number, most: number]
type Kind = typeof Uint8Array | typeof Int8Array | typeof Uint16Array | typeof Int16Array

function rangeBy(extremesOf: (typeof kernel)['extremesU8'], Values: Kind): (pixels: StoredValues) => Range {
  const { buffer } = kernel.memory
  const lanes = VECTOR / Values.BYTES_PER_ELEMENT
  const given = new Values(buffer, at.pixels, lanes * (TOGETHER / VECTOR))
  const [lows, highs] = [new Values(buffer, at.lows, lanes), new Values(buffer, at.highs, lanes)]
  return (pixels) => {
    const one = pixels[0] ?? 0
    lows.fill(one)
    highs.fill(one)
    for (let from = 0; from < pixels.length; from += given.length) {
      const some = pixels.subarray(from, from + given.length)
      given.set(some)
      if (some.length % lanes > 0) given.fill(one, some.length, some.length + lanes)
      extremesOf(at.pixels, at.pixels + some.byteLength, at.lows, at.highs)
    }
    return [Math.min(...lows), Math.max(...highs)]
  }
}

const rangeOf = {
  u8: rangeBy(kernel.extremesU8, Uint8Array),
  s8: rangeBy(kernel.extremesS8, Int8Array),
  u16: rangeBy(kernel.extremesU16, Uint16Array),
  s16: rangeBy(kernel.extremesS16, Int16Array),
}

/** The least and the most of at least one pixel. */
export function rangeOfValues(pixels: StoredValues): Range {
  if (pixels instanceof Uint8Array) return rangeOf.u8(pixels)
  if (pixels instanceof Int8Array) return rangeOf.s8(pixels)
  return pixels instanceof Uint16Array ? rangeOf.u16(pixels) : rangeOf.s16(pixels)
}
