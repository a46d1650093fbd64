import type { Destination } from '../config/sender-section.ts'
import { findNextDelivery, hastenDeliveries } from '../db/delivery.ts'
import { OF_THE_DESTINATION, openBreaker } from '../deliver/breaker.ts'
import { confirmDeliveries } from '../deliver/confirm-deliveries.ts'
import { deliverResult } from '../deliver/deliver-result.ts'
import { type Lane, openLane } from '../deliver/lane.ts'
import { asFailure } from '../failure.ts'
import { Resources } from '../lifecycle.ts'
import type { StudyId } from '../study/identifiers.ts'
import { openCertificates } from './certificates.ts'
import { courierOf } from './courier.ts'
import { deliverySettings } from './delivery-settings.ts'
import type { Parts } from './parts.ts'
import { sweep } from './sweep.ts'

const SWEEP_MS = 2000
const JOBS_AT_ONCE = 20
const MINUTE_MS = 60_000

/** Delivers results, every destination in a lane of its own. */
export async function startSender(parts: Parts): Promise<AsyncDisposable> {
  const { config, queue, events } = parts
  await using resources = new Resources()
  const secured = config.destinations.flatMap(({ name, tls }) => (tls ? [[name, tls] as const] : []))
  const certificates = resources.use(await openCertificates(events, 'destinations', new Map(secured)))
  const lanes = new Map(
    config.destinations.map((each) => {
      const courier = courierOf(parts, each, certificates.current)
      return [each.name, openDestination(parts, resources, each, courier)]
    }),
  )
  const onError = (error: unknown) => events.sweepFailed('deliver', asFailure(error, 'INTERNAL'))
  const take = async ({ destination }: { destination: string }) => lanes.get(destination)?.wake()
  resources.use(await queue.work('deliver-result', take, { concurrency: JOBS_AT_ONCE, onError }))
  // What a crash, a lost queue or a wait after a failure left behind.
  resources.use(
    sweep(events, 'find-owed', SWEEP_MS, async () => {
      for (const lane of lanes.values()) lane.wake()
    }),
  )
  return resources.move()
}

/** A destination's lane, which rests while it is down; and beside it what asks whether it kept what it took. */
function openDestination(
  { config, db, files, events }: Parts,
  resources: Resources,
  { name, perMinute, associations, ...destination }: Destination,
  courier: ReturnType<typeof courierOf>,
): Lane {
  const settings = deliverySettings(config)
  const deps = { db, files, events, settings }
  const onError = (error: unknown) => events.sweepFailed('deliver', asFailure(error, 'INTERNAL'))
  const breaker = openBreaker({
    openAfter: config.delivery.openAfter,
    retry: settings.retry,
    probe: () => courier.probe(),
    opened: (failure) => events.destinationDown(name, failure),
    closed: (downForMs) =>
      hastenDeliveries(db, name, OF_THE_DESTINATION)
        .then((hastened) => events.destinationUp(name, downForMs, hastened))
        .catch(onError)
        .finally(() => lane.wake()),
  })
  const checksIdentity = 'checkIdentity' in destination && destination.checkIdentity
  const lane: Lane = resources.use(
    openLane<StudyId>({
      atOnce: associations,
      gapMs: perMinute === undefined ? 0 : MINUTE_MS / perMinute,
      next: async (busy) => (breaker.isOpen ? undefined : findNextDelivery(db, name, busy)),
      work: (studyId) => deliverResult(deps, { name, courier, breaker, checksIdentity }, studyId),
      onError,
    }),
  )
  resources.defer(async () => breaker[Symbol.dispose]())
  resources.use(
    sweep(events, 'confirm-deliveries', SWEEP_MS, async () => {
      if (!breaker.isOpen) await confirmDeliveries(deps, name, courier)
    }),
  )
  return lane
}
