import { Failure } from '../../src/failure.ts'
import { serveJobs } from '../../src/inference/serve-jobs.ts'

/** What a test may ask of a child: see the pool's tests. */
export type Job =
  | { readonly do: 'answer'; readonly value: unknown }
  | { readonly do: 'hang' | 'crash' | 'fail' | 'throw' | 'who' | 'wait' }

async function obey(job: Job, setup: string): Promise<unknown> {
  if (job.do === 'answer') return job.value
  if (job.do === 'crash') process.exit(3)
  if (job.do === 'fail') throw new Failure('PIXELS_UNREADABLE', 'as asked')
  if (job.do === 'throw') throw new RangeError('of no kind of ours')
  if (job.do === 'wait') await new Promise((resolve) => setTimeout(resolve, 200))
  while (job.do === 'hang');
  return { pid: process.pid, setup, environment: Object.keys(process.env) }
}

serveJobs<string, Job, unknown>(async (setup) => {
  if (setup === 'refuse') throw new Failure('MODEL_INVALID', 'cannot be set up')
  return (job) => obey(job, setup)
}, 'INTERNAL')
