import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inject, onTestFinished } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const PROGRAM = inject('isBuilt') ? ['dist/main.js'] : ['--import', 'tsx', 'src/main.ts']

export type NodeProcess = {
  readonly pid: number
  /** Everything written so far, on both streams. */
  output(): string
  /** Fails when the process ends before it has said so. */
  untilSays(words: string): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** `exitCode` is null after a signal. */
  readonly ended: Promise<{ exitCode: number | null }>
}

/** So long a process has for its end: it waits for its embedded PostgreSQL, which would go on writing. */
const END_MS = 15_000

/** `mcads` in a process of its own; told to end when the test ends, and waited for. */
export const startProcess = (...args: string[]): NodeProcess => start(args, false)

/** As a terminal starts it, in a process group of its own: `interrupt` is Ctrl-C, which all of the group get. */
export function startGroup(...args: string[]): NodeProcess & { interrupt(): void } {
  const node = start(args, true)
  return { ...node, interrupt: () => void process.kill(-node.pid, 'SIGINT') }
}

function start(args: readonly string[], detached: boolean): NodeProcess {
  const child = spawn(process.execPath, [...PROGRAM, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  let running = true
  const ended = once(child, 'close').then(() => {
    running = false
    return { exitCode: child.exitCode }
  })
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await Promise.race([ended, sleep(END_MS, undefined, { ref: false })])
    child.kill('SIGKILL')
    await ended
  })
  return {
    pid: child.pid ?? 0,
    ended,
    output: () => output,
    kill: (signal) => void child.kill(signal),
    async untilSays(words) {
      while (!output.includes(words)) {
        if (!running) throw new Error(`ended without saying "${words}": ${output}`)
        await sleep(50)
      }
    },
  }
}
