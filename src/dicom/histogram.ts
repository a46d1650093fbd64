import { type Radiograph, storedRange } from './radiograph.ts'

/** How often each stored value occurs, from the lowest that Bits Stored allow on. */
export function histogramOf(radiograph: Radiograph): Uint32Array {
  const [least, most] = storedRange(radiograph)
  const { pixels } = radiograph
  const counts = new Uint32Array(most - least + 1)
  for (let i = 0; i < pixels.length; i++) {
    const at = (pixels[i] ?? 0) - least
    counts[at] = (counts[at] ?? 0) + 1
  }
  return counts
}
