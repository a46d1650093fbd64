import { type ChildProcess, fork } from 'node:child_process'
import { closeSync } from 'node:fs'
import { Failure, type FailureCode } from '../failure.ts'
import { processEntry } from './entry.ts'
import { openUnnamedFile, sharedFile } from './shared-file.ts'

/** What a child answers, to its setup and to every job. */
export type Reply = { readonly rssBytes: number } & (
  | { readonly result: unknown }
  | { readonly failure: { readonly code: FailureCode; readonly message: string } }
)

/** `entry` is a .ts file: see `processEntry`. */
export type ChildOptions = {
  readonly entry: URL
  /** Sent once, before the first job. */
  readonly setup: unknown
  readonly startTimeoutMs: number
  readonly jobTimeoutMs: number
}

export type Child = {
  alive(): boolean
  /** @throws Failure CHILD_TIMED_OUT (and the child is killed), CHILD_DIED */
  run(job: unknown): Promise<Reply>
  kill(): Promise<void>
}

const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH']
/**
 * Of glibc, elsewhere without effect: memory of an image's size is kept for the next one. Given back and asked for again
 * each time, its pages would cost more than the work on them; what a child may hold is limited by its resident set.
 */
const KEPT_MEMORY = { MALLOC_MMAP_THRESHOLD_: String(32 * 2 ** 20), MALLOC_TRIM_THRESHOLD_: String(512 * 2 ** 20) }

/** Official builds of ONNX Runtime, since 1.29, tell their maker about machine, models and errors unless this was set before. */
const NO_TELEMETRY = { ORT_DISABLE_TELEMETRY: '1' }

function forkEntry(entry: URL, shared: number | undefined): ChildProcess {
  const { file, execArgv } = processEntry(entry)
  return fork(file, {
    execArgv,
    env: {
      ...KEPT_MEMORY,
      ...NO_TELEMETRY,
      ...Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
    },
    serialization: 'advanced',
    // In no process group of ours: Ctrl-C at a terminal is for us, and what is under way may end.
    detached: true,
    // What third-party decoders print may quote the data set.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc', shared ?? 'ignore'],
  })
}

/** Sends one message and waits for the one answer; the child is of no more use when this fails. */
function exchange(process: ChildProcess, message: object, timeoutMs: number): Promise<Reply> {
  let settled = () => {}
  const reply = new Promise<Reply>((resolve, reject) => {
    const died = (how: string) => reject(new Failure('CHILD_DIED', `the child process ended: ${how}`))
    const onMessage = (reply: Reply) => resolve(reply)
    const onExit = (code: number | null, signal: string | null) => died(signal ?? `exit code ${code}`)
    const onError = (error: Error) => died(error.name)
    const timer = setTimeout(() => {
      reject(new Failure('CHILD_TIMED_OUT', `no answer from the child process within ${timeoutMs} ms`))
      process.kill('SIGKILL')
    }, timeoutMs)
    process.on('message', onMessage).on('exit', onExit).on('error', onError)
    settled = () => {
      clearTimeout(timer)
      process.off('message', onMessage).off('exit', onExit).off('error', onError)
    }
    if (process.connected) process.send(message, (error) => error && died('its channel is closed'))
    else died('before it was asked')
  })
  return reply.finally(() => settled())
}

/** Starts a child process of ours at once; jobs wait until it is ready. One job at a time. */
export function forkChild({ entry, setup, startTimeoutMs, jobTimeoutMs }: ChildOptions): Child {
  const descriptor = openUnnamedFile()
  let shared = descriptor === undefined ? undefined : sharedFile(descriptor)
  const process = forkEntry(entry, descriptor)
  const closeShared = () => {
    if (descriptor === undefined || !shared) return
    // Its number may be another file's from now on.
    shared = undefined
    closeSync(descriptor)
  }
  process.once('exit', closeShared)
  if (process.pid === undefined) closeShared()
  const ended = new Promise<void>((resolve) => process.once('exit', () => resolve()).once('error', () => resolve()))
  const ready = exchange(process, { setup, shared: shared !== undefined }, startTimeoutMs)
  ready.catch(() => undefined)
  const alive = () => process.exitCode === null && process.signalCode === null && process.connected
  return {
    alive,
    async run(job) {
      const setUp = await ready
      if ('failure' in setUp) return setUp
      const file = shared
      const reply = await exchange(process, { job: file ? file.put(job) : job }, jobTimeoutMs)
      if (!file || !('result' in reply)) return reply
      if (!shared) throw new Failure('CHILD_DIED', 'the child process ended before its answer was read')
      return { ...reply, result: file.take(reply.result) }
    },
    async kill() {
      if (process.pid !== undefined) process.kill('SIGKILL')
      await ended
    },
  }
}
