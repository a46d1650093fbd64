import { asFailure } from '../failure.ts'
import { type Deps, recordArrived } from './store-instance.ts'

/** An instance whose receiver is still at work with it is left alone for so long. */
const SETTLING_MS = 5000

/** Rows for durable instances that have none: the database was down, or the process was killed before it had told it. */
export async function recoverInstances(deps: Deps): Promise<void> {
  for await (const instance of deps.files.arrived(SETTLING_MS)) {
    const { sopInstanceUid } = instance
    try {
      deps.events.instanceRecovered(sopInstanceUid, await recordArrived(deps, instance))
    } catch (error) {
      const failure = asFailure(error, 'INTERNAL')
      if (failure.code !== 'CONTENT_CONFLICT') throw failure
      deps.events.instanceRefused('', sopInstanceUid, failure)
    }
  }
}
