import { asFailure, type Failure } from '../failure.ts'
import type { StoredInstance } from '../files/instance-files.ts'
import { type Deps, recordArrived } from './store-instance.ts'

/** An instance whose receiver is still at work with it is left alone for so long. */
const SETTLING_MS = 5000

/**
 * Rows for durable instances that have none: the database was down, or the process was killed before it had told it.
 * One that cannot be recorded holds up no other.
 * @throws Failure DATABASE_UNAVAILABLE
 */
export async function recoverInstances(deps: Deps): Promise<void> {
  for await (const instance of deps.files.arrived(SETTLING_MS)) {
    try {
      deps.events.instanceRecovered(instance.sopInstanceUid, await recordArrived(deps, instance))
    } catch (error) {
      await giveUp(deps, instance, asFailure(error, 'INTERNAL'))
    }
  }
}

async function giveUp({ files, events }: Deps, { id, sopInstanceUid }: StoredInstance, failure: Failure) {
  if (failure.code === 'DATABASE_UNAVAILABLE') throw failure
  // It is in quarantine already.
  if (failure.code === 'CONTENT_CONFLICT') return events.instanceRefused('', sopInstanceUid, failure)
  events.instanceNotRecovered(id, failure)
  if (failure.retry === 'permanent') await files.quarantine(id, failure)
}
