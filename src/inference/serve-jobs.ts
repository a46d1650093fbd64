import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { asFailure, type FailureCode } from '../failure.ts'
import { SHARED_DESCRIPTOR, type SharedFile, sharedFile } from './shared-file.ts'

// A job may block this process for ever; then only another thread can see that the parent is gone.
const WATCH_PARENT = `
  const parent = process.ppid
  setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGKILL'), 1000)
  require('node:worker_threads').parentPort.postMessage('watching')
`

async function watchParent(): Promise<void> {
  const watch = new Worker(WATCH_PARENT, { eval: true, execArgv: [] })
  watch.unref()
  // A thread that has not begun when the first job blocks may never begin.
  await once(watch, 'message')
}

type Message<Setup, Job> = { readonly setup: Setup; readonly shared: boolean } | { readonly job: Job }

/**
 * The child's side of a child pool: the first message sets up, each further one is a job. What is thrown goes back as
 * a Failure, of the given code unless it has its own. The process ends with its parent.
 */
export function serveJobs<Setup, Job, Result>(
  open: (setup: Setup) => Promise<(job: Job) => Promise<Result>>,
  code: FailureCode,
): void {
  const watching = watchParent()
  let work: ((job: Job) => Promise<Result>) | undefined
  let file: SharedFile | undefined
  const answer = async (message: Message<Setup, Job>): Promise<unknown> => {
    if ('job' in message) {
      const result = await work?.(file ? (file.take(message.job) as Job) : message.job)
      return file ? file.put(result) : result
    }
    file = message.shared ? sharedFile(SHARED_DESCRIPTOR) : undefined
    work = (await Promise.all([open(message.setup), watching]))[0]
    return undefined
  }
  const onMessage = async (message: Message<Setup, Job>) => {
    const reply = await answer(message).then(
      (result) => ({ result }),
      (error: unknown) => ({ failure: { code: asFailure(error, code).code, message: asFailure(error, code).message } }),
    )
    process.send?.({ ...reply, rssBytes: process.memoryUsage.rss() })
  }
  process.on('disconnect', () => process.exit())
  process.on('message', (message) => void onMessage(message as Message<Setup, Job>))
}
