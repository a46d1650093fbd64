import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

/** What a process or thread of ours is started with. `entry` is a .ts file; where we run compiled, the .js file beside it. */
export function entryOf(entry: URL): { readonly file: URL; readonly execArgv: string[] } {
  if (!import.meta.url.endsWith('.ts')) return { file: new URL(entry.href.replace(/\.ts$/, '.js')), execArgv: [] }
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  return { file: entry, execArgv: ['--import', tsx] }
}
