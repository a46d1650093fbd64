import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'

/** Processes and threads of ours begin with a .ts file; where we run compiled, with the .js file beside it. */
const COMPILED = !import.meta.url.endsWith('.ts')

const compiled = (entry: URL): URL => new URL(entry.href.replace(/\.ts$/, '.js'))
const tsx = (): URL => pathToFileURL(createRequire(import.meta.url).resolve('tsx'))

/** For `fork`. */
export const processEntry = (entry: URL): { readonly file: URL; readonly execArgv: string[] } =>
  COMPILED ? { file: compiled(entry), execArgv: [] } : { file: entry, execArgv: ['--import', tsx().href] }

export function startThread(entry: URL): Worker {
  if (COMPILED) return new Worker(compiled(entry))
  // A thread has none of what --import brings.
  const api = new URL('./esm/api/index.mjs', tsx()).href
  const load = `import('${api}').then(({ register }) => { register(); return import('${entry.href}') })`
  return new Worker(load, { eval: true })
}
