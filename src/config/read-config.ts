import { readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import type { z } from 'zod'
import { Failure } from '../failure.ts'
import { type Config, contradictions, schema } from './schema.ts'

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
