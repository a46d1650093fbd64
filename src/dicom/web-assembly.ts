/** WebAssembly by its bytes (WebAssembly Core Specification 2.0, chapter 5): what loops over vectors of numbers need. */

type Code = readonly number[]

/** LEB128. */
const unsigned = (value: number): Code => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)])
/** LEB128 of what is not below 0, where it might be. */
const signed = (value: number): Code => (value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)])
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
const ZEROS: Code = [...vector(12), ...Array<number>(16).fill(0)]
const shuffle = (places: readonly number[]): Code => [...vector(13), ...places]
/** Of the eight parts of two vectors, each of four bytes. */
const partsOfTwo = (...parts: number[]): Code =>
  shuffle(parts.flatMap((part) => [4 * part, 4 * part + 1, 4 * part + 2, 4 * part + 3]))

/** Instructions, with what they take from the stack and put there. */
export const Wasm = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number): Code => [0x21, ...unsigned(local)],
  /** Not below 0. */
  constant: (value: number): Code => [0x41, ...signed(value)],
  add: [0x6a] as Code,
  subtract: [0x6b] as Code,
  multiply: [0x6c] as Code,
  shiftLeft: [0x74] as Code,
  /** The sign stays. */
  shiftRight: [0x75] as Code,
  load: (offset: number): Code => [0x28, ...at(offset)],
  store: (offset: number): Code => [0x36, ...at(offset)],
  loadU16: (offset: number): Code => [0x2f, ...at(offset)],
  loadU8: (offset: number): Code => [0x2d, ...at(offset)],
  loadF32: [0x2a, ...at(0)] as Code,
  store16: [0x3b, ...at(0)] as Code,
  storeF32: [0x38, ...at(0)] as Code,
  loadVector: (offset: number): Code => [...vector(0), ...at(offset)],
  storeVector: (offset: number): Code => [...vector(11), ...at(offset)],
  /** The first four of a vector's bytes. */
  storeFourBytes: [...vector(90), ...at(0), 0] as Code,
  zeros: ZEROS,
  /** Both halves the float64 at an address. */
  loadBoth: (offset: number): Code => [...vector(10), ...at(offset)],
  /** All eight the int16 at an address. */
  loadEight: (offset: number): Code => [...vector(8), ...at(offset)],
  /** One of a vector's int16, without sign. */
  shortOf: (place: number): Code => [...vector(25), place],
  addShorts: vector(142),
  subtractShorts: vector(145),
  /** (a * b + 2^14) / 2^15, cut to a whole number. */
  multiplyFractions: vector(130),
  /** By so many bits, which are on the stack; no sign. */
  shiftShortsRight: vector(141),
  moreShorts: vector(49),
  /** Whether any bit of a vector is 1. */
  anyBit: vector(83),
  /** The first half from an address, then zeros. */
  loadHalf: [...vector(93), ...at(0)] as Code,
  /** Bytes of two vectors, each by its place in the 32. */
  shuffle,
  either: (then: Code, otherwise: Code): Code => [0x04, 0x40, ...then, 0x05, ...otherwise, 0x0b],
  /** All four parts the float32, or int32, at an address. */
  loadAllF32: (offset: number): Code => [...vector(9), ...at(offset)],
  /** Four whole numbers as int32. */
  loadFourU8: (offset: number): Code => [...vector(92), ...at(offset), ...vector(137), ...vector(169)],
  loadFourS8: (offset: number): Code => [...vector(92), ...at(offset), ...vector(135), ...vector(167)],
  loadFourU16: (offset: number): Code => [...vector(4), ...at(offset)],
  loadFourS16: (offset: number): Code => [...vector(3), ...at(offset)],
  integersToF32: vector(250),
  addIntegers: vector(174),
  subtractIntegers: vector(177),
  equalIntegers: vector(55),
  leastOfS8: vector(118),
  leastOfU8: vector(119),
  mostOfS8: vector(120),
  mostOfU8: vector(121),
  leastOfS16: vector(150),
  leastOfU16: vector(151),
  mostOfS16: vector(152),
  mostOfU16: vector(153),
  addF32: vector(228),
  subtractF32: vector(229),
  multiplyF32: vector(230),
  /** Of a pair without NaN. */
  leastOfF32: vector(234),
  mostOfF32: vector(235),
  /** Each the same. */
  constantF32: (value: number): Code => [
    ...vector(12),
    ...new Uint8Array(Float32Array.of(value, value, value, value).buffer),
  ],
  /** The lowest byte of each part, in the first four bytes. */
  lowBytes: (local: number): Code => [
    ...[0x20, ...unsigned(local), 0x20, ...unsigned(local)],
    ...shuffle([0, 4, 8, 12, ...Array<number>(12).fill(0)]),
  ],
  /** The first and third, or the second and fourth, of the four parts of one vector, then those of another. */
  evenParts: partsOfTwo(0, 2, 4, 6),
  oddParts: partsOfTwo(1, 3, 5, 7),
  addF64: vector(240),
  subtractF64: vector(241),
  multiplyF64: vector(242),
  divideF64: vector(243),
  leastOfF64: vector(244),
  mostOfF64: vector(245),
  /** The address in a local becomes that of so many bytes further. */
  step: (local: number, bytes: number): Code => [
    ...[0x20, ...unsigned(local), 0x41, ...signed(bytes), 0x6a],
    ...[0x21, ...unsigned(local)],
  ],
  /** Again, while the address in one local is below that in another. */
  loopWhileBelow: (local: number, end: number, body: readonly Code[]): Code => [
    ...[0x03, 0x40, ...body.flat()],
    ...[0x20, ...unsigned(local), 0x20, ...unsigned(end), 0x49, 0x0d, 0, 0x0b],
  ],
} as const

/** Its parameters are the first locals, all i32; then come its other i32 and its vectors. */
export type WasmFunction = {
  readonly name: string
  readonly parameters: number
  readonly integers?: number
  readonly vectors?: number
  readonly body: readonly Code[]
}

/** Of the WebAssembly JavaScript Interface what is used here; the types of Node.js have none of it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new <Exports>(module: object) => { readonly exports: Exports }
}

/** Functions of a module by their names, all of addresses and numbers, and the memory they work in. */
export type Kernel<Name extends string> = Readonly<Record<Name, (...parameters: number[]) => void>> & {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
}

const PAGE = 65_536

export function openKernel<Name extends string>(functions: readonly (WasmFunction & { readonly name: Name })[]) {
  return new WebAssembly.Instance<Kernel<Name>>(new WebAssembly.Module(wasmModule(functions))).exports
}

/** Where in a kernel's memory, which grows to hold it, so many bytes of each begin: at multiples of 16. */
export function placesIn<Name extends string>(
  { memory }: Pick<Kernel<never>, 'memory'>,
  bytes: Readonly<Record<Name, number>>,
): Record<Name, number> {
  let end = 0
  const places: Record<Name, number> = { ...bytes }
  for (const name in bytes) {
    places[name] = end
    end += Math.ceil(bytes[name] / 16) * 16
  }
  const missing = end - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE))
  return places
}

/** A module of functions that return nothing, and one memory, exported as `memory`. */
function wasmModule(functions: readonly WasmFunction[]): Uint8Array {
  const types = functions.map(({ parameters }) => [0x60, ...listed(Array(parameters).fill([I32])), 0])
  const bodies = functions.map(({ integers = 0, vectors = 0, body }) => {
    const locals = listed([
      [...unsigned(integers), I32],
      [...unsigned(vectors), V128],
    ])
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
