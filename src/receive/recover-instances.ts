import { Failure } from '../failure.ts'
import type { InstanceFiles, StoredInstance } from '../files/instance-files.ts'
import type { Events } from '../observe/events.ts'
import type { Rows } from './open-rows.ts'
import { type RecordDeps, recordArrived } from './record-arrived.ts'

type Deps = RecordDeps & { events: Events; rows: Pick<Rows, 'has'> }

/** An instance whose receiver is still at work with it is left alone for so long. */
const SETTLING_MS = 2000
/** A row is written in less time than this; */
const RECORDED_MS = 250
/** a file that is here for longer than this could not be given one, and holds up no study. */
const STUCK_MS = 60_000

/**
 * Rows for durable instances that have none: the database was down, or the process was killed before it had told it.
 * One that cannot be recorded holds up no other.
 * @throws Failure DATABASE_UNAVAILABLE
 */
export async function recoverInstances(deps: Deps): Promise<void> {
  for await (const instance of deps.files.arrived(SETTLING_MS, (id) => deps.rows.has(id))) {
    const [outcome] = await recordArrived(deps, [{ instance }])
    if (outcome instanceof Failure) await giveUp(deps, instance, outcome)
    else if (outcome) deps.events.instanceRecovered(instance.sopInstanceUid, outcome)
  }
}

async function giveUp({ files, events }: Deps, { id, sopInstanceUid }: StoredInstance, failure: Failure) {
  // It is in quarantine already.
  if (failure.code === 'CONTENT_CONFLICT') return events.instanceRefused('', sopInstanceUid, failure)
  events.instanceNotRecovered(id, failure)
  if (failure.retry === 'permanent') await files.quarantine(id, failure)
}

/** Whether an acknowledged instance still waits for its row: its study must not be taken for complete without it. */
export async function isWaitingForRows(files: Pick<InstanceFiles, 'arrivedAges'>): Promise<boolean> {
  return (await files.arrivedAges()).some((ageMs) => ageMs > RECORDED_MS && ageMs < STUCK_MS)
}
