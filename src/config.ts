import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { Failure } from './failure.ts'
import { parseAeTitle } from './study/identifiers.ts'

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const UNIT_BYTES: Record<string, number> = { KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }

// Timers take no more than 24 days.
const LONGEST_MS = 7 * 86_400_000

/** `30s`, `15m`: milliseconds. */
const duration = z.string().transform((text, context) => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text.trim()) ?? []
  const unitMs = UNIT_MS[unit ?? '']
  const ms = Number(amount) * (unitMs ?? Number.NaN)
  if (ms > 0 && ms <= LONGEST_MS) return ms
  context.addIssue({ code: 'custom', message: 'a duration has a unit: 500ms, 30s, 15m, 2h, or 1d (7d at most)' })
  return z.NEVER
})

/** `2GB`: bytes. */
const size = z.string().transform((text, context) => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(KB|MB|GB|TB)$/.exec(text.trim()) ?? []
  const unitBytes = UNIT_BYTES[unit ?? '']
  if (unitBytes !== undefined) return Number(amount) * unitBytes
  context.addIssue({ code: 'custom', message: 'a size has a unit: 500MB, 2GB or 1TB' })
  return z.NEVER
})

const aeTitle = z.string().transform((text, context) => {
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
const count = whole.refine((value) => value >= 1, 'at least 1')
const port = whole.refine((value) => value >= 0 && value <= 65_535, 'a port is 0 to 65535')
const yesNo = z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean())
/** SH/LO text that ends up in results: ASCII, so that it is valid beside any character set of a source. */
const ascii = (longest: number) =>
  z
    .string()
    .regex(/^[\x20-\x5b\x5d-\x7e]+$/, 'printable ASCII without backslash')
    .max(longest)
/** An address, a range of addresses (`10.0.0.0/24`), or a name. */
const peerHost = z
  .string()
  .min(1)
  .refine((host) => !host.includes('/') || isRange(host), 'a range of addresses is written 10.0.0.0/24')
const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'lower-case letters, digits and hyphens, 32 at most')
const modelId = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'lower-case letters, digits, dots, dashes, underscores')

function isRange(host: string): boolean {
  const [, address = '', bits] = /^(.+)\/(\d{1,3})$/.exec(host) ?? []
  return bits !== undefined && isIP(address) !== 0 && Number(bits) <= (isIP(address) === 6 ? 128 : 32)
}

/** A part of the file that may be left out, or left empty. */
const section = <S extends z.ZodRawShape>(shape: S) => z.preprocess((value) => value ?? {}, z.strictObject(shape))

const schema = z.strictObject({
  node: section({
    name: ascii(64).default('mcads-node'),
    stationName: ascii(16).optional(),
    institutionName: ascii(64).optional(),
  }),
  storage: section({ directory: z.string().min(1).default('/var/lib/mcads'), minimumFree: size.prefault('1GB') }),
  dicom: section({
    aeTitle: aeTitle.prefault('MCADS'),
    host: z.string().default('0.0.0.0'),
    port: port.prefault(11_112),
    peers: z.array(z.strictObject({ aeTitle, host: peerHost })).default([]),
    acceptDeflated: yesNo.default(false),
    acceptBigEndian: yesNo.default(false),
    maximumAssociations: count.prefault(64),
    maximumInstance: size.prefault('2GB'),
    idle: duration.prefault('60s'),
  }),
  destinations: z
    .array(
      z.strictObject({
        name,
        aeTitle,
        host: z.string().min(1),
        port,
        callingAeTitle: aeTitle.optional(),
      }),
    )
    .default([]),
  completion: section({ quiet: duration.prefault('30s'), maximum: duration.prefault('15m') }),
  model: section({
    id: modelId.default('phantom-densenet'),
    directory: z.string().optional(),
    allowDemonstration: yesNo.default(false),
  }),
  analysis: section({
    children: count.prefault(availableParallelism()),
    timeout: duration.prefault('60s'),
    attempts: count.prefault(5),
  }),
  delivery: section({
    timeout: duration.prefault('30s'),
    firstRetry: duration.prefault('5s'),
    longestRetry: duration.prefault('10m'),
  }),
  database: section({ url: z.string().min(1).optional() }),
  redis: section({ url: z.string().min(1).optional() }),
  http: section({ host: z.string().default('127.0.0.1'), port: port.prefault(8080) }),
  log: section({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') }),
})

export type Config = z.infer<typeof schema>
export type Destination = Config['destinations'][number]
type Tree = { [key: string]: unknown }
type Environment = Readonly<Record<string, string | undefined>>

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)
const camelCase = (word: string) => word.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())

function setAt(tree: Tree, path: string[], value: unknown): void {
  const [key = '', ...rest] = path
  if (rest.length === 0) {
    tree[key] = value
    return
  }
  const below = tree[key]
  const branch: Tree = isTree(below) ? below : {}
  tree[key] = branch
  setAt(branch, rest, value)
}

/** `MCADS_DICOM__AE_TITLE` sets `dicom.aeTitle`; with `_FILE` behind it the value is read from that file. */
function applyEnvironment(tree: Tree, environment: Environment, faults: string[]): void {
  for (const [variable, text] of Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!variable.startsWith('MCADS_') || text === undefined) continue
    const fromFile = variable.endsWith('_FILE')
    const path = variable
      .slice('MCADS_'.length, fromFile ? -'_FILE'.length : undefined)
      .split('__')
      .map(camelCase)
    // Not ours then: Kubernetes makes MCADS_PORT and others of a service named mcads.
    if (path.length === 1 && !Object.hasOwn(schema.shape, path[0] ?? '')) continue
    try {
      const value = fromFile ? readFileSync(text, 'utf8').trim() : text
      setAt(tree, path, /^\s*[[{]/.test(value) ? parseYaml(value) : value)
    } catch (error) {
      faults.push(`${variable}: ${error instanceof Error ? error.message : 'cannot be read'}`)
    }
  }
}

function readTree(path: string | undefined, faults: string[]): Tree {
  if (path === undefined) return {}
  try {
    const tree: unknown = parseYaml(readFileSync(path, 'utf8')) ?? {}
    if (isTree(tree)) return tree
    faults.push(`${path}: a mapping of keys is expected`)
  } catch (error) {
    faults.push(`${path}: ${error instanceof Error ? error.message : 'cannot be read'}`)
  }
  return {}
}

function contradictions(config: Config): string[] {
  const faults: string[] = []
  const names = config.destinations.map((destination) => destination.name)
  for (const twice of new Set(names.filter((each, index) => names.indexOf(each) !== index)))
    faults.push(`destinations: two are named ${twice}`)
  if (config.completion.quiet > config.completion.maximum)
    faults.push('completion.quiet: may not be longer than completion.maximum')
  if (config.delivery.firstRetry > config.delivery.longestRetry)
    faults.push('delivery.firstRetry: may not be longer than delivery.longestRetry')
  return faults
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const child of Object.values(value)) freeze(child)
  return Object.freeze(value)
}

const faultsOf = (error: z.ZodError) =>
  error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `${issue.path.join('.') || 'top level'}: unknown key ${issue.keys.join(', ')}`
      : `${issue.path.join('.')}: ${issue.message}`,
  )

/**
 * The configuration: file, then environment over it, then defaults. Frozen.
 * @throws Failure CONFIG_INVALID naming every fault with its path
 */
export function readConfig(path: string | undefined, environment: Environment): Config {
  const faults: string[] = []
  const tree = readTree(path, faults)
  applyEnvironment(tree, environment, faults)
  const parsed = schema.safeParse(tree)
  faults.push(...(parsed.success ? contradictions(parsed.data) : faultsOf(parsed.error)))
  if (!parsed.success || faults.length > 0)
    throw new Failure('CONFIG_INVALID', `the configuration has ${faults.length} fault(s):\n  ${faults.join('\n  ')}`)
  return freeze(parsed.data)
}
