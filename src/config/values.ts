import { isIP } from 'node:net'
import { z } from 'zod'
import { isCharacterSetTerm } from '../dicom/character-sets.ts'
import { parseAeTitle } from '../study/identifiers.ts'

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const UNIT_BYTES: Record<string, number> = { KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }

// Timers take no more than 24 days.
const LONGEST_MS = 7 * 86_400_000

/** `30s`, `15m`: milliseconds. */
export const duration = z.string().transform((text, context) => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text.trim()) ?? []
  const unitMs = UNIT_MS[unit ?? '']
  const ms = Number(amount) * (unitMs ?? Number.NaN)
  if (ms > 0 && ms <= LONGEST_MS) return ms
  context.addIssue({ code: 'custom', message: 'a duration has a unit: 500ms, 30s, 15m, 2h, or 1d (7d at most)' })
  return z.NEVER
})

/** `12h`, `90d`, `10y`: milliseconds. */
export const age = z.string().transform((text, context) => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(h|d|y)$/.exec(text.trim()) ?? []
  const unitMs = unit === 'y' ? 365.25 * 86_400_000 : UNIT_MS[unit ?? '']
  const ms = Number(amount) * (unitMs ?? Number.NaN)
  if (ms > 0) return ms
  context.addIssue({ code: 'custom', message: 'an age has a unit: 12h, 90d or 10y' })
  return z.NEVER
})

/** `2GB`: bytes. */
export const size = z.string().transform((text, context) => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(KB|MB|GB|TB)$/.exec(text.trim()) ?? []
  const unitBytes = UNIT_BYTES[unit ?? '']
  if (unitBytes !== undefined) return Number(amount) * unitBytes
  context.addIssue({ code: 'custom', message: 'a size has a unit: 500MB, 2GB or 1TB' })
  return z.NEVER
})

export const aeTitle = z.string().transform((text, context) => {
  try {
    return parseAeTitle(text)
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'not an AE title' })
    return z.NEVER
  }
})

// Environment variables are text; in the file a number is a number.
const whole = z.preprocess(
  (value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value),
  z.number().int(),
)
export const count = whole.refine((value) => value >= 1, 'at least 1')
export const port = whole.refine((value) => value >= 0 && value <= 65_535, 'a port is 0 to 65535')
/** Of a file or a folder. */
export const path = z.string().min(1)
export const yesNo = z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean())
/** SH/LO text that ends up in results: ASCII, so that it is valid beside any character set of a source. */
export const ascii = (longest: number) =>
  z
    .string()
    .regex(/^[\x20-\x5b\x5d-\x7e]+$/, 'printable ASCII without backslash')
    .max(longest)
/** A value of Specific Character Set (0008,0005), several terms parted by backslashes. */
export const characterSet = z
  .string()
  .refine(
    (value) =>
      value.split('\\').every((term, i) => isCharacterSetTerm(term) || (i === 0 && term === '' && value !== '')),
    'a defined term of PS3.3 C.12.1.1.2, as ISO_IR 100 or ISO_IR 192',
  )
/** An address, a range of addresses (`10.0.0.0/24`), or a name. */
export const peerHost = z
  .string()
  .min(1)
  .refine((host) => !host.includes('/') || isRange(host), 'a range of addresses is written 10.0.0.0/24')
export const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'lower-case letters, digits and hyphens, 32 at most')
export const modelId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'lower-case letters, digits, dots, dashes, underscores')

function isRange(host: string): boolean {
  const [, address = '', bits] = /^(.+)\/(\d{1,3})$/.exec(host) ?? []
  return bits !== undefined && isIP(address) !== 0 && Number(bits) <= (isIP(address) === 6 ? 128 : 32)
}

/** A part of the file that may be left out, or left empty. */
export const section = <S extends z.ZodRawShape>(shape: S) =>
  z.preprocess((value) => value ?? {}, z.strictObject(shape))
