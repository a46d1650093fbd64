import { type Radiograph, storedRange } from './radiograph.ts'
import { openKernel, placesIn, Wasm } from './web-assembly.ts'

/** Pixels counted in one turn of the loop. */
const AT_ONCE = 4
/** Pixels that are given to the kernel together: enough to be worth it, few enough to stay in the cache. */
const TOGETHER = 16_384
/** Values of 16 bits. */
const VALUES = 65_536

/** counts[value] += 1 for each of the pixels, of 16 bits without sign. */
function openCountKernel() {
  const { get, set, constant, add, shiftLeft, step } = Wasm
  const [pixels, end, counts, count] = [0, 1, 2, 3]
  const one = (k: number) =>
    [
      ...[get(pixels), Wasm.loadU16(2 * k), constant(2), shiftLeft, get(counts), add, set(count)],
      ...[get(count), get(count), Wasm.load(0), constant(1), add, Wasm.store(0)],
    ].flat()
  const turn = [...Array.from({ length: AT_ONCE }, (_, k) => one(k)), step(pixels, 2 * AT_ONCE)]
  return openKernel([{ name: 'count', parameters: 3, integers: 1, body: [Wasm.loopWhileBelow(pixels, end, turn)] }])
}

const kernel = openCountKernel()

/** How often each stored value occurs, from the lowest that Bits Stored allow on. */
export function histogramOf(radiograph: Radiograph): Uint32Array {
  const [least, most] = storedRange(radiograph)
  const { pixels } = radiograph
  const at = placesIn(kernel, { counts: 4 * VALUES, pixels: 2 * TOGETHER })
  const { buffer } = kernel.memory
  const byBits = new Uint32Array(buffer, at.counts, VALUES).fill(0)
  const given = new Uint16Array(buffer, at.pixels, TOGETHER)
  const whole = pixels.length - (pixels.length % AT_ONCE)
  for (let from = 0; from < whole; from += TOGETHER) {
    const end = Math.min(whole, from + TOGETHER)
    given.set(pixels.subarray(from, end))
    kernel.count(at.pixels, at.pixels + 2 * (end - from), at.counts)
  }
  const counts = new Uint32Array(most - least + 1)
  // By their 16 bits those below 0 come last.
  counts.set(byBits.subarray(VALUES + least, VALUES))
  counts.set(byBits.subarray(0, most + 1), -least)
  for (const value of pixels.subarray(whole)) counts[value - least] = (counts[value - least] ?? 0) + 1
  return counts
}
