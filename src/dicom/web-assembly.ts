/** WebAssembly by its bytes (WebAssembly Core Specification 2.0, chapter 5): what loops over vectors of numbers need. */

type Code = readonly number[]

/** LEB128. */
const unsigned = (value: number): Code => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)])
const listed = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()]
const section = (id: number, items: readonly Code[]): Code => {
  const content = listed(items)
  return [id, ...unsigned(content.length), ...content]
}
const named = (name: string): Code => listed([...Buffer.from(name)].map((byte) => [byte]))

const I32 = 0x7f
const V128 = 0x7b
/** Nothing is promised about addresses. */
const at = (offset: number): Code => [0, ...unsigned(offset)]
const vector = (instruction: number): Code => [0xfd, ...unsigned(instruction)]

/** Instructions, with what they take from the stack and put there. */
export const Wasm = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number): Code => [0x21, ...unsigned(local)],
  /** Up to 63. */
  constant: (value: number): Code => [0x41, value],
  add: [0x6a] as Code,
  shiftLeft: [0x74] as Code,
  loadU16: [0x2f, ...at(0)] as Code,
  loadF32: [0x2a, ...at(0)] as Code,
  storeF32: [0x38, ...at(0)] as Code,
  loadVector: [...vector(0), ...at(0)] as Code,
  storeVector: [...vector(11), ...at(0)] as Code,
  /** Both halves the float64 at an address. */
  loadBoth: (offset: number): Code => [...vector(10), ...at(offset)],
  /** Two float32, then zeros. */
  loadTwoF32: [...vector(93), ...at(0)] as Code,
  f32ToF64: vector(95),
  addF64: vector(240),
  multiplyF64: vector(242),
  /** Again, while the address in one local is below that in another. */
  loopWhileBelow: (local: number, end: number, body: readonly Code[]): Code => [
    ...[0x03, 0x40, ...body.flat()],
    ...[0x20, ...unsigned(local), 0x20, ...unsigned(end), 0x49, 0x0d, 0, 0x0b],
  ],
} as const

/** Its parameters are the first locals, all i32; vectors follow. */
export type WasmFunction = {
  readonly name: string
  readonly parameters: number
  readonly vectors: number
  readonly body: readonly Code[]
}

/** A module of functions that return nothing, and one memory, exported as `memory`. */
export function wasmModule(functions: readonly WasmFunction[]): Uint8Array {
  const types = functions.map(({ parameters }) => [0x60, ...listed(Array(parameters).fill([I32])), 0])
  const bodies = functions.map(({ vectors, body }) => {
    const locals = listed([[...unsigned(vectors), V128]])
    const code = [...locals, ...body.flat(), 0x0b]
    return [...unsigned(code.length), ...code]
  })
  return Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(5, [[0, 0]]),
    ...section(7, [
      [...named('memory'), 2, 0],
      ...functions.map(({ name }, index) => [...named(name), 0, ...unsigned(index)]),
    ]),
    ...section(10, bodies),
  )
}
