import { execFile, spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { freePort, stop, untilListening } from './ports.ts'

export { freePort, stop, untilListening } from './ports.ts'

export type Run = { readonly exitCode: number; readonly output: string }

// DCMTK leaves Nagle's algorithm on unless told otherwise: 40 ms for each instance.
const ENVIRONMENT = { ...process.env, TCP_NODELAY: '1' }

/** Runs a DCMTK program to its end; what it printed on either stream is `output`. Killed after 60 s. */
export function dcmtk(program: string, ...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    const options = { env: ENVIRONMENT, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 }
    const child = execFile(program, args, options, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, output: stdout + stderr }),
    )
  })
}

export type StoreScp = { readonly port: number; readonly folder: string; files(): Promise<string[]> }

/**
 * DCMTK's storescp, AE title STORESCP, writing what it receives bit by bit into `folder`; stopped when the test ends.
 * Extra arguments as storescp takes them (`--refuse`, `--abort-during`, `+xa`, …).
 */
export async function startStorescp(folder: string, ...args: string[]): Promise<StoreScp> {
  const port = await freePort()
  const child = spawn('storescp', ['-od', folder, '+B', '-aet', 'STORESCP', ...args, String(port)], {
    env: ENVIRONMENT,
    stdio: 'ignore',
  })
  onTestFinished(() => stop(child))
  await untilListening(port)
  return {
    port,
    folder,
    files: async () => (await readdir(folder)).sort().map((file) => join(folder, file)),
  }
}
