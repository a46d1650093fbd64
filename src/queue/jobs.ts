import { parseStudyId, type StudyId } from '../study/identifiers.ts'

/** All jobs and what they carry: ids, nothing else. */
export type Jobs = {
  'analyse-study': { readonly studyId: StudyId; readonly revision: number }
  'deliver-result': { readonly studyId: StudyId; readonly destination: string }
}
export type JobName = keyof Jobs

type Job<Payload> = { readonly subject: (payload: Payload) => string; readonly parse: (data: unknown) => Payload }

const JOBS: { readonly [Name in JobName]: Job<Jobs[Name]> } = {
  'analyse-study': {
    subject: ({ studyId, revision }) => `${studyId}-${revision}`,
    parse: (data) => ({ studyId: parseStudyId(read(data, 'studyId')), revision: Number(read(data, 'revision')) }),
  },
  'deliver-result': {
    // A job id must not hold a colon.
    subject: ({ studyId, destination }) => `${studyId}-${encodeURIComponent(destination)}`,
    parse: (data) => ({ studyId: parseStudyId(read(data, 'studyId')), destination: read(data, 'destination') }),
  },
}

const read = (data: unknown, name: string) => String(new Map(Object.entries(data ?? {})).get(name))

/** One waiting job per attempt, however often the bell rings for it. */
export function jobId<Name extends JobName>(name: Name, payload: Jobs[Name], attempt: number): string {
  return `${name}-${JOBS[name].subject(payload)}-${attempt}`
}

/** @throws Failure USAGE when it is no job of ours. */
export function parsePayload<Name extends JobName>(name: Name, data: unknown): Jobs[Name] {
  return JOBS[name].parse(data)
}

/** Tried once and forgotten: the rows say what is still owed, and a job kept would silence the next of its id. */
export const JOB_OPTIONS = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const
