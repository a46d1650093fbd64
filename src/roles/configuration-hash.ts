import { createHash } from 'node:crypto'
import type { Config } from '../config/schema.ts'

const SECRET = /pass|secret|token/i

function withoutSecrets(key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (SECRET.test(key)) return 'set'
  if (!/url$/i.test(key) || !URL.canParse(value)) return value
  const url = new URL(value)
  url.password = ''
  return url.href
}

/** Names a configuration; a secret that changes does not change it, and cannot be guessed from it. */
export const configurationHash = (config: Config): string =>
  createHash('sha256').update(JSON.stringify(config, withoutSecrets)).digest('hex')
