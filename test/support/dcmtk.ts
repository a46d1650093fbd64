import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'

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

/** A port of 127.0.0.1 that was free a moment ago, for programs that cannot choose one themselves. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}

/** Resolves when something accepts connections on the port of 127.0.0.1; fails after `timeoutMs`. */
export async function untilListening(port: number, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await accepts(port))) {
    if (Date.now() > deadline) throw new Error(`nothing listens on port ${port}`)
    await sleep(25)
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (result: boolean) => () => {
      socket.destroy()
      resolve(result)
    }
    socket.once('connect', end(true)).once('error', end(false))
  })
}

/** Ends a child and waits for it. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
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
