import { countOwed } from '../db/owed.ts'
import { STUDY_STATES } from '../study/study-state.ts'
import type { Parts } from './parts.ts'
import { sweep } from './sweep.ts'

const SWEEP_MS = 5000

/** Tells what the whole node owes, whichever processes do the work: gauges from the rows. */
export function startApi({ db, files, events, metrics }: Parts): AsyncDisposable {
  return sweep(events, 'count-owed', SWEEP_MS, async () => {
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
  })
}
