import type { Radiograph } from '../dicom/radiograph.ts'
import type { StoredValues } from '../dicom/stored-values.ts'
import { openKernel, placesIn, Wasm } from '../dicom/web-assembly.ts'

const { get, set, step, loopWhileBelow } = Wasm

type LoadFour = (offset: number) => readonly number[]

/** sums[column] += pixels[column], of int32, eight at a time; a few may be done beyond the last. */
function add<Name extends string>(name: Name, bytes: 1 | 2, loadFour: LoadFour) {
  const [pixels, sums, end] = [0, 1, 2]
  const four = (first: number) => [
    ...[...get(sums), ...get(sums), ...Wasm.loadVector(4 * first), ...get(pixels), ...loadFour(bytes * first)],
    ...[...Wasm.addIntegers, ...Wasm.storeVector(4 * first)],
  ]
  const body = [loopWhileBelow(sums, end, [four(0), four(4), step(pixels, 8 * bytes), step(sums, 32)])]
  return { name, parameters: 3, body }
}

/** Of two values how many pixels have them, four at a time: in each of four lanes, added to what stands there. */
function count<Name extends string>(name: Name, bytes: 1 | 2, loadFour: LoadFour) {
  const [pixels, end, values, counts, some] = [0, 1, 2, 3, 4]
  const both = [0, 1].map((i) => ({ value: 5 + i, found: 7 + i, i }))
  return {
    ...{ name, parameters: 4, vectors: 5 },
    body: [
      ...both.flatMap(({ value, found, i }) => [
        ...[get(values), Wasm.loadAllF32(4 * i), set(value), get(counts), Wasm.loadVector(16 * i), set(found)],
      ]),
      loopWhileBelow(pixels, end, [
        ...[get(pixels), loadFour(0), set(some)],
        // What is equal is −1.
        ...both.flatMap(({ value, found }) => [
          ...[get(found), get(some), get(value), Wasm.equalIntegers, Wasm.subtractIntegers, set(found)],
        ]),
        step(pixels, 4 * bytes),
      ]),
      ...both.flatMap(({ found, i }) => [get(counts), get(found), Wasm.storeVector(16 * i)]),
    ],
  }
}

const kernel = openKernel([
  ...[add('addU8', 1, Wasm.loadFourU8), add('addS8', 1, Wasm.loadFourS8)],
  ...[add('addU16', 2, Wasm.loadFourU16), add('addS16', 2, Wasm.loadFourS16)],
  ...[count('countU8', 1, Wasm.loadFourU8), count('countS8', 1, Wasm.loadFourS8)],
  ...[count('countU16', 2, Wasm.loadFourU16), count('countS16', 2, Wasm.loadFourS16)],
])

function kernelOf(pixels: StoredValues) {
  if (pixels instanceof Uint8Array) return { adding: kernel.addU8, counting: kernel.countU8 }
  if (pixels instanceof Int8Array) return { adding: kernel.addS8, counting: kernel.countS8 }
  return pixels instanceof Uint16Array
    ? { adding: kernel.addU16, counting: kernel.countU16 }
    : { adding: kernel.addS16, counting: kernel.countS16 }
}

/** Every `step`th row from one on. */
export type Rows = { readonly from: number; readonly end: number; readonly step: number }

const bytesOf = ({ buffer, byteOffset, byteLength }: StoredValues) => new Uint8Array(buffer, byteOffset, byteLength)

/** What sums each column over some rows of an image. One image at a time: sums are overwritten by the next. */
export function columnSums({ columns, pixels }: Radiograph): (rows: Rows) => Int32Array {
  const bytesOfRow = columns * pixels.BYTES_PER_ELEMENT
  const at = placesIn(kernel, { pixels: bytesOfRow + 16, sums: 4 * columns + 32 })
  const given = new Uint8Array(kernel.memory.buffer, at.pixels, bytesOfRow)
  const sums = new Int32Array(kernel.memory.buffer, at.sums, columns)
  const bytes = bytesOf(pixels)
  const { adding } = kernelOf(pixels)
  return ({ from, end, step }) => {
    sums.fill(0)
    for (let row = from; row < end; row += step) {
      given.set(bytes.subarray(row * bytesOfRow, (row + 1) * bytesOfRow))
      adding(at.pixels, at.sums, at.sums + 4 * columns)
    }
    return sums
  }
}

type Span = readonly [from: number, end: number]

/** How many pixels of some rows, between two columns, have the one and the other value. */
export function countOfTwo(
  { columns, pixels }: Radiograph,
  { from, end, step }: Rows,
  [left, right]: Span,
  [one, other]: readonly [number, number],
): [number, number] {
  const whole = right - left - ((right - left) % 4)
  const size = pixels.BYTES_PER_ELEMENT
  const at = placesIn(kernel, { pixels: size * whole, values: 8, counts: 32 })
  const given = new Uint8Array(kernel.memory.buffer, at.pixels, size * whole)
  const found = new Int32Array(kernel.memory.buffer, at.counts, 8).fill(0)
  new Int32Array(kernel.memory.buffer, at.values, 2).set([one, other])
  const bytes = bytesOf(pixels)
  const { counting } = kernelOf(pixels)
  let [ones, others] = [0, 0]
  for (let row = from; row < end; row += step) {
    const first = row * columns + left
    given.set(bytes.subarray(size * first, size * (first + whole)))
    if (whole > 0) counting(at.pixels, at.pixels + size * whole, at.values, at.counts)
    for (const value of pixels.subarray(first + whole, row * columns + right)) {
      if (value === one) ones++
      if (value === other) others++
    }
  }
  for (const [lane, count] of found.entries())
    if (lane < 4) ones += count
    else others += count
  return [ones, others]
}
