import { type Radiograph, storedRange } from './radiograph.ts'
import { rowStep } from './sampling-step.ts'
import { openKernel, placesIn, Wasm } from './web-assembly.ts'

/** Pixels counted in one turn of the loop. */
const AT_ONCE = 4
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

/**
 * How often each stored value occurs, from the lowest that Bits Stored allow on. Of an image of more than a million pixels
 * every so many rows are counted, with a million or two: shares of all pixels can be told from that as well, and the ends of
 * what more than a few of them have; not that a value does not occur.
 */
export function histogramOf(radiograph: Radiograph): Uint32Array {
  const [least, most] = storedRange(radiograph)
  const { rows, columns, pixels } = radiograph
  const at = placesIn(kernel, { counts: 4 * VALUES, pixels: 2 * columns })
  const { buffer } = kernel.memory
  const byBits = new Uint32Array(buffer, at.counts, VALUES).fill(0)
  const given = new Uint16Array(buffer, at.pixels, columns)
  const whole = columns - (columns % AT_ONCE)
  const step = rowStep(radiograph)
  for (let row = 0; row < rows; row += step) {
    given.set(pixels.subarray(row * columns, (row + 1) * columns))
    if (whole > 0) kernel.count(at.pixels, at.pixels + 2 * whole, at.counts)
    for (let column = whole; column < columns; column++) {
      const bits = given[column] ?? 0
      byBits[bits] = (byBits[bits] ?? 0) + 1
    }
  }
  const counts = new Uint32Array(most - least + 1)
  // By their 16 bits those below 0 come last.
  counts.set(byBits.subarray(VALUES + least, VALUES))
  counts.set(byBits.subarray(0, most + 1), -least)
  return counts
}
