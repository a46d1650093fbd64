import { countOwed } from '../db/owed.ts'
import { findStranded } from '../db/stranded.ts'
import { Resources } from '../lifecycle.ts'
import { STUDY_STATES } from '../study/study-state.ts'
import type { Parts } from './parts.ts'
import { sweep } from './sweep.ts'

const SWEEP_MS = 5000
const STRANDED_MS = 60_000

/** Tells what the whole node owes, whichever processes do the work: gauges from the rows. */
export function startApi(parts: Parts): AsyncDisposable {
  const { events } = parts
  const resources = new Resources()
  resources.use(sweep(events, 'count-owed', SWEEP_MS, () => tellOwed(parts)))
  resources.use(sweep(events, 'find-stranded', STRANDED_MS, strandedWatch(parts)))
  return resources
}

async function tellOwed({ db, files, metrics }: Parts): Promise<void> {
  const owed = await countOwed(db)
  const studies = new Map(owed.studies.map(({ state, count }) => [state, count]))
  for (const state of STUDY_STATES) metrics.studies.set({ state }, studies.get(state) ?? 0)
  metrics.queueDepth.reset()
  metrics.queueDepth.set({ kind: 'analysis', destination: '' }, studies.get('complete') ?? 0)
  metrics.deliveries.reset()
  for (const { destination, state, count } of owed.deliveries) {
    metrics.deliveries.set({ destination, state }, count)
    if (state === 'owed') metrics.queueDepth.set({ kind: 'delivery', destination }, count)
  }
  metrics.queueAge.set({ kind: 'analysis' }, owed.oldestStudySeconds)
  metrics.queueAge.set({ kind: 'delivery' }, owed.oldestDeliverySeconds)
  metrics.freeBytes.set(await files.freeBytes())
}

/** Each destination is told of once, as long as something waits for it. */
function strandedWatch({ config, db, events, metrics }: Parts): () => Promise<void> {
  let told: readonly string[] = []
  return async () => {
    const found = await findStranded(
      db,
      config.destinations.map(({ name }) => name),
    )
    metrics.stranded.reset()
    for (const { destination, deliveries } of found) metrics.stranded.set({ destination }, deliveries)
    for (const { destination, deliveries, studies } of found)
      if (!told.includes(destination)) events.deliveriesStranded(destination, deliveries, studies)
    told = found.map(({ destination }) => destination)
  }
}
