import type { StoredValues } from './stored-values.ts'
import { Wasm, type WasmFunction, wasmModule } from './web-assembly.ts'

const { get, set, constant, add, shiftLeft, loopWhileBelow } = Wasm

/** line[i] = table[pixels[i]]: of 16 bits without sign, to float32. */
function lookUp(): WasmFunction {
  const [pixels, table, line, end] = [0, 1, 2, 3]
  const level = [get(pixels), Wasm.loadU16, constant(2), shiftLeft, get(table), add, Wasm.loadF32]
  const step = (local: number, bytes: number) => [get(local), constant(bytes), add, set(local)]
  const body = [get(line), ...level, Wasm.storeF32, ...step(pixels, 2), ...step(line, 4)].flat()
  return { name: 'lookUp', parameters: 4, vectors: 0, body: [loopWhileBelow(line, end, [body])] }
}

/** sums[i] += a[i] * weights[0] + … + d[i] * weights[3], two at a time: lines of float32, weights and sums float64. */
function addFour(): WasmFunction {
  const [sums, end, weights] = [0, 1, 2]
  const lines = [3, 4, 5, 6]
  const weightOf = (line: number) => line + 4
  const step = (local: number, bytes: number) => [get(local), constant(bytes), add, set(local)].flat()
  const weighed = (line: number) =>
    [get(line), Wasm.loadTwoF32, Wasm.f32ToF64, get(weightOf(line)), Wasm.multiplyF64, Wasm.addF64].flat()
  return {
    ...{ name: 'addFour', parameters: 7, vectors: 4 },
    body: [
      ...lines.flatMap((line, i) => [get(weights), Wasm.loadBoth(8 * i), set(weightOf(line))]),
      loopWhileBelow(sums, end, [
        ...[get(sums), get(sums), Wasm.loadVector, ...lines.map(weighed), Wasm.storeVector],
        ...[...lines.map((line) => step(line, 8)), step(sums, 16)],
      ]),
    ],
  }
}

/** Of the WebAssembly JavaScript Interface what is used here; the types of Node.js have none of it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: Kernel }
}
type Kernel = {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  lookUp(pixels: number, table: number, line: number, end: number): void
  addFour(sums: number, end: number, weights: number, a: number, b: number, c: number, d: number): void
}

/** Its memory holds nothing from one image to the next, and is kept for it. */
const kernel = new WebAssembly.Instance(new WebAssembly.Module(wasmModule([lookUp(), addFour()]))).exports

const PAGE = 65_536
const TABLE_BYTES = 4 * 65_536
/** Where the weights and the row being looked up begin; sums and lines follow. */
const WEIGHTS = TABLE_BYTES
const PIXELS = WEIGHTS + 32

type Image = { readonly columns: number; readonly pixels: StoredValues }
type Levels = { readonly least: number; readonly table: Float32Array }
type Extent = { readonly lines: number; readonly beyond: number }

/** Rows of an image as levels, each looked up once, to be summed with weights, four at a time. One image at a time. */
export type WeighedRows = {
  /** One for each column, and `beyond` zeros after them. */
  readonly sums: Float64Array
  /** A row's levels stand where those of the row so many `lines` before stood. */
  look(row: number): void
  /** Adds rows that have been looked up, with the four weights from `at` on. */
  add(rows: readonly [number, number, number, number], weights: Float64Array, at: number): void
}

export function weighedRows({ columns, pixels }: Image, { least, table }: Levels, extent: Extent): WeighedRows {
  const even = columns + (columns % 2)
  const sumsAt = PIXELS + Math.ceil((2 * columns) / 8) * 8
  const linesAt = sumsAt + 8 * (even + extent.beyond)
  const bytes = linesAt + 4 * even * extent.lines
  const missing = bytes - kernel.memory.buffer.byteLength
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / PAGE))
  const { buffer } = kernel.memory
  // By the value's 16 bits, those below 0 last.
  const levels = new Float32Array(buffer, 0, PAGE)
  levels.set(table.subarray(-least))
  levels.set(table.subarray(0, -least), (PAGE + least) % PAGE)
  const row16 = new Uint16Array(buffer, PIXELS, columns)
  const four = new Float64Array(buffer, WEIGHTS, 4)
  const sums = new Float64Array(buffer, sumsAt, even + extent.beyond)
  new Float32Array(buffer, linesAt, even * extent.lines).fill(0)
  const lineOf = (row: number) => linesAt + 4 * even * (row % extent.lines)
  return {
    sums,
    look(row) {
      row16.set(pixels.subarray(row * columns, (row + 1) * columns))
      kernel.lookUp(PIXELS, 0, lineOf(row), lineOf(row) + 4 * columns)
    },
    add([a, b, c, d], weights, at) {
      four.set(weights.subarray(at, at + 4))
      kernel.addFour(sumsAt, sumsAt + 8 * even, WEIGHTS, lineOf(a), lineOf(b), lineOf(c), lineOf(d))
    },
  }
}
