import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'

type Program = { readonly file: string; readonly args: readonly string[]; readonly environment: Record<string, string> }

const RESTART_MS = 300

/** A process that is started again when it ends, as an init system does; until it is held down. Its output is in a file. */
export class Supervised {
  readonly name: string
  /** How often it was killed, and how often it ended by itself. */
  kills = 0
  exits = 0
  readonly #program: Program
  readonly #log: number
  #child: ChildProcess | undefined
  #ended: Promise<unknown> = Promise.resolve()
  #down = true

  constructor(name: string, logFolder: string, program: Program) {
    this.name = name
    this.#program = program
    this.#log = openSync(join(logFolder, `${name}.log`), 'a')
    onTestFinished(() => this.kill())
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Starts it; resolves when it said that it is ready. */
  async start(): Promise<void> {
    this.#down = false
    const { file, args, environment } = this.#program
    const child = fork(file, args, {
      execArgv: ['--import', 'tsx'],
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', this.#log, this.#log, 'ipc'],
    })
    this.#child = child
    const exited = once(child, 'exit')
    this.#ended = exited
    const ready = Promise.race([once(child, 'message'), exited])
    void exited.then(async () => {
      if (this.#down || this.#child !== child) return
      this.exits++
      await sleep(RESTART_MS)
      if (!this.#down && this.#child === child) await this.start()
    })
    await ready
  }

  /** SIGKILL; it stays down until it is started. */
  async kill(): Promise<void> {
    this.#down = true
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    this.kills++
    child.kill('SIGKILL')
    await this.#ended
  }
}
