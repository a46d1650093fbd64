import { lowFreeOf } from '../config/storage-section.ts'
import type { Resources } from '../lifecycle.ts'
import { removeExpired } from '../receive/remove-expired.ts'
import { removeOrphans } from '../receive/remove-orphans.ts'
import { TimeToFull } from '../study/time-to-full.ts'
import type { Parts } from './parts.ts'
import { sweep } from './sweep.ts'

const DISK_MS = 5000
const QUARANTINE_MS = 30_000
const RETENTION_MS = 60_000
const ORPHANS_MS = 6 * 3_600_000
/** From writing a result to saving its row it is seconds, also when the database is away meanwhile: then it is taken up again. */
const ORPHAN_AGE_MS = 24 * 3_600_000

export type StorageWatch = {
  /** Why nobody may associate now, if so. */
  low(): string | undefined
}

/** Looks at the disk, now and then: what is free, when it will be full, what is in quarantine, and what may leave. */
export async function watchStorage(parts: Parts, resources: Resources): Promise<StorageWatch> {
  const { config, db, files, events, metrics } = parts
  const { minimumFree, maximumQuarantine } = config.storage
  const lowFree = lowFreeOf(config.storage)
  const trend = new TimeToFull()
  let free = Number.POSITIVE_INFINITY
  const look = async () => {
    const before = free
    free = await files.freeBytes()
    trend.add(performance.now(), free)
    metrics.freeBytes.set(free)
    metrics.secondsToFull.set(trend.secondsUntil(minimumFree))
    if (free < lowFree && before >= lowFree) events.storageLow(free, lowFree)
    if (free >= lowFree && before < lowFree) events.storageEnough(free)
  }
  await look()
  resources.use(sweep(events, 'look-at-disk', DISK_MS, look))
  const count = async () => {
    const quarantined = await files.quarantined.list()
    metrics.quarantineFiles.set(quarantined.length)
    metrics.quarantineBytes.set(quarantined.reduce((sum, { bytes }) => sum + bytes, 0))
  }
  resources.use(sweep(events, 'count-quarantine', QUARANTINE_MS, count))
  const deps = { db, files, events, retention: config.retention, maximumQuarantine }
  resources.use(sweep(events, 'remove-expired', RETENTION_MS, () => removeExpired(deps)))
  resources.use(sweep(events, 'remove-orphans', ORPHANS_MS, () => removeOrphans(deps, ORPHAN_AGE_MS)))
  return {
    low: () =>
      free < lowFree
        ? `no room for new instances: ${(free / 1e9).toFixed(1)} GB are free, storage.lowFree is ${(lowFree / 1e9).toFixed(1)} GB`
        : undefined,
  }
}
