import { deliverResult } from '../deliver/deliver-result.ts'
import { findOwed } from '../deliver/find-owed.ts'
import { openLane } from '../deliver/lane.ts'
import { asFailure } from '../failure.ts'
import { Resources } from '../lifecycle.ts'
import type { StudyId } from '../study/identifiers.ts'
import { openCertificates } from './certificates.ts'
import { courierOf } from './courier.ts'
import type { Parts } from './parts.ts'
import { sweep } from './sweep.ts'

const SWEEP_MS = 2000
/** Associations to one destination; more than one hides an archive's delay at each instance. */
const ASSOCIATIONS = 2
const JOBS_AT_ONCE = 20

/** Delivers results, every destination in a lane of its own. */
export async function startSender(parts: Parts): Promise<AsyncDisposable> {
  const { config, db, queue, files, events } = parts
  await using resources = new Resources()
  const secured = config.destinations.flatMap(({ name, tls }) => (tls ? [[name, tls] as const] : []))
  const certificates = resources.use(await openCertificates(events, 'destinations', new Map(secured)))
  const couriers = new Map(
    config.destinations.map((each) => [each.name, courierOf(config, each, certificates.current)]),
  )
  const { firstRetry: firstMs, longestRetry: longestMs } = config.delivery
  const deps = { db, files, events, couriers, retry: { firstMs, longestMs } }
  const onError = (error: unknown) => events.sweepFailed('deliver', asFailure(error, 'INTERNAL'))
  const openDestination = (name: string) =>
    resources.use(openLane<StudyId>(ASSOCIATIONS, (studyId) => deliverResult(deps, studyId, name).catch(onError)))
  const lanes = new Map([...couriers.keys()].map((name) => [name, openDestination(name)]))
  const take = async ({ studyId, destination }: { studyId: StudyId; destination: string }) =>
    lanes.get(destination)?.add(studyId)
  resources.use(await queue.work('deliver-result', take, { concurrency: JOBS_AT_ONCE, onError }))
  resources.use(sweep(events, 'find-owed', SWEEP_MS, () => findOwed({ db, lanes })))
  return resources.move()
}
