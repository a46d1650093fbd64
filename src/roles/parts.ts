import type { Config } from '../config/schema.ts'
import { type AuditFileState, recordAuditFiles } from '../db/audit-file.ts'
import type { Db } from '../db/schema.ts'
import { asFailure, type Failure } from '../failure.ts'
import { type InstanceFiles, openInstanceFiles } from '../files/instance-files.ts'
import type { Resources } from '../lifecycle.ts'
import { type Events, openEvents } from '../observe/events.ts'
import { openLogger } from '../observe/logger.ts'
import { type Metrics, openMetrics } from '../observe/metrics.ts'
import { openQueue, type Queue } from '../queue/queue.ts'
import type { Check } from '../serve/health.ts'
import { auditedEvents } from './node-audit.ts'
import { patientIdOf } from './patient-id.ts'
import { checkDisk, makeStorageDirectory } from './storage-directory.ts'
import { openStore } from './store.ts'
import { sweep } from './sweep.ts'

/** What every role is made of. */
export type Parts = {
  readonly config: Config
  readonly db: Db
  readonly queue: Queue
  readonly files: InstanceFiles
  readonly events: Events
  readonly metrics: Metrics
  /** What must work for this process to be of use; roles add theirs. */
  readonly checks: Record<string, Check>
}

/** How much of the audit trail can be cut off unseen. */
const RECORD_TRAIL_MS = 5000

/** Opens what the roles share; `resources` closes it. */
export async function openParts(config: Config, resources: Resources): Promise<Parts> {
  const metrics = openMetrics()
  await makeStorageDirectory(config)
  const { events, settle, trail } = auditedEvents(
    config,
    openEvents(openLogger(config.log.level), metrics),
    resources,
    (uid) => patientIdOf(store.db, files, uid),
  )
  const files = await openInstanceFiles({
    directory: config.storage.directory,
    minimumFreeBytes: config.storage.minimumFree,
    maximumInstanceBytes: config.dicom.maximumInstance,
    onUnreadable: onceEach((id, failure) => events.fileUnreadable(id, failure)),
  })
  const onLost = (error: unknown) => events.sweepFailed('database', asFailure(error, 'DATABASE_UNAVAILABLE'))
  const store = resources.use(await openStore(config, { onLost, owning: true }))
  const redisUrl = config.redis.url
  const queue = resources.use(await openQueue({ store: redisUrl ? { redisUrl } : { databaseUrl: store.url } }))
  const recordFiles = () => recordTrail(store.db, trail)
  resources.use(sweep(events, 'record-audit-files', RECORD_TRAIL_MS, recordFiles))
  // Once more at the end: a process may live for less than a turn.
  resources.defer(() =>
    recordFiles().catch((error: unknown) =>
      events.sweepFailed('record-audit-files', asFailure(error, 'DATABASE_UNAVAILABLE')),
    ),
  )
  // What is gathered is told while its patient can still be looked up.
  resources.defer(settle)
  const checks: Record<string, Check> = {
    database: () => store.ping().then(() => undefined),
    queue: () => queue.ping().then(() => undefined),
    disk: () => checkDisk(config),
  }
  return { config, db: store.db, queue, files, events, metrics, checks }
}

/** Tells the database how far the trail goes: whoever shortens a file then has to change both. */
const recordTrail = (db: Db, trail: ReadonlyMap<string, AuditFileState>) =>
  recordAuditFiles(
    db,
    [...trail.values()].filter(({ messages }) => messages > 0),
  )

/** A file that cannot be read is come upon at every look, and told once. */
function onceEach(tell: (id: string, failure: Failure) => void): (id: string, failure: Failure) => void {
  const told = new Set<string>()
  return (id, failure) => {
    if (!told.has(id)) tell(id, failure)
    told.add(id)
  }
}
