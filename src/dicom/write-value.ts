import { Failure } from '../failure.ts'
import type { DataSet, Encapsulated, Value } from './data-set.ts'
import { decimalString } from './write-decimal-string.ts'
import { TEXT_RULES, type TextRule } from './write-text-rules.ts'

type NumberRule = {
  readonly bytes: number
  readonly allows: (value: number) => boolean
  readonly put: (view: DataView, offset: number, value: number) => void
}

const integer = (from: number, to: number) => (value: number) => Number.isInteger(value) && value >= from && value <= to

/** PS3.5 Table 6.2-1, binary numbers. */
const NUMBER_RULES: Readonly<Record<string, NumberRule>> = {
  AT: {
    bytes: 4,
    allows: integer(0, 0xffffffff),
    put: (v, o, x) => {
      v.setUint16(o, x >>> 16, true)
      v.setUint16(o + 2, x & 0xffff, true)
    },
  },
  FD: { bytes: 8, allows: Number.isFinite, put: (v, o, x) => v.setFloat64(o, x, true) },
  FL: { bytes: 4, allows: (x) => Number.isFinite(Math.fround(x)), put: (v, o, x) => v.setFloat32(o, x, true) },
  SL: { bytes: 4, allows: integer(-0x80000000, 0x7fffffff), put: (v, o, x) => v.setInt32(o, x, true) },
  SS: { bytes: 2, allows: integer(-0x8000, 0x7fff), put: (v, o, x) => v.setInt16(o, x, true) },
  UL: { bytes: 4, allows: integer(0, 0xffffffff), put: (v, o, x) => v.setUint32(o, x, true) },
  US: { bytes: 2, allows: integer(0, 0xffff), put: (v, o, x) => v.setUint16(o, x, true) },
}

const OTHER_VRS: readonly string[] = ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'UN']

/** Names the attribute; a value may be patient data and is never quoted. */
export const invalid = (path: string, why: string): Failure => new Failure('RESULT_INVALID', `${path}: ${why}`)

const isNumbers = (values: readonly (string | number | DataSet)[]): values is readonly number[] =>
  values.every((value) => typeof value === 'number')
const isStrings = (values: readonly (string | number | DataSet)[]): values is readonly string[] =>
  values.every((value) => typeof value === 'string')

function encodeNumbers(values: readonly number[], rule: NumberRule, path: string): Uint8Array {
  const bytes = new Uint8Array(values.length * rule.bytes)
  const view = new DataView(bytes.buffer)
  values.forEach((value, i) => {
    if (!rule.allows(value)) throw invalid(path, 'a number out of range of its value representation')
    rule.put(view, i * rule.bytes, value)
  })
  return bytes
}

function encodeText(values: readonly string[], vr: string, rule: TextRule, path: string): Uint8Array {
  if (rule.single && values.length > 1) throw invalid(path, `${vr} holds one value`)
  for (const value of values) {
    if (value !== '' && !rule.allows(value)) throw invalid(path, `not what ${vr} allows (length, characters or form)`)
  }
  return Buffer.from(values.join('\\'))
}

function numbersAsText(values: readonly number[], vr: string, path: string): readonly string[] {
  if (vr === 'IS') return values.map(String)
  if (vr !== 'DS') throw invalid(path, `a number where ${vr} holds text`)
  if (!values.every(Number.isFinite)) throw invalid(path, 'a number that is not finite')
  return values.map(decimalString)
}

const padded = (bytes: Uint8Array, vr: string): readonly Uint8Array[] =>
  bytes.length % 2 === 0 ? [bytes] : [bytes, Uint8Array.of(TEXT_RULES[vr]?.pad ?? 0)]

function encodeUnpadded(value: Exclude<Value, null | Encapsulated>, vr: string, path: string): Uint8Array {
  const textRule = TEXT_RULES[vr]
  const numberRule = NUMBER_RULES[vr]
  if (!textRule && !numberRule && !OTHER_VRS.includes(vr)) throw invalid(path, `${vr} cannot be written`)
  if (value instanceof Uint8Array) return value
  const values: readonly (string | number | DataSet)[] = Array.isArray(value) ? value : [value]
  if (values.length === 0) return new Uint8Array(0)
  if (numberRule && isNumbers(values)) return encodeNumbers(values, numberRule, path)
  if (textRule && isStrings(values)) return encodeText(values, vr, textRule, path)
  if (textRule && isNumbers(values)) return encodeText(numbersAsText(values, vr, path), vr, textRule, path)
  throw invalid(path, `a value of the wrong type for ${vr}`)
}

/**
 * The bytes of one value, even in length together. Bytes are taken as they stand: a source's own text in its own character set.
 * @throws Failure RESULT_INVALID
 */
export function encodeValue(value: Exclude<Value, Encapsulated>, vr: string, path: string): readonly Uint8Array[] {
  return value === null ? [] : padded(encodeUnpadded(value, vr, path), vr)
}
