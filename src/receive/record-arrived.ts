import { type NewInstance, type Recorded, recordInstances } from '../db/instance.ts'
import type { Db } from '../db/schema.ts'
import { asFailure, Failure } from '../failure.ts'
import type { InstanceFiles, StoredInstance } from '../files/instance-files.ts'
import { parseAeTitle, parseUid } from '../study/identifiers.ts'
import type { StudyAssociations } from './study-associations.ts'

export type RecordDeps = { db: Db; files: InstanceFiles; associations: StudyAssociations }

/** A durable instance without a row, and the association that brought it; none when it was found in arrived. */
export type Arrived = { readonly instance: StoredInstance; readonly associationId?: string }

/** stored: it has its row and its place. repeated: held already, and kept once. */
export type Outcome = 'stored' | 'repeated'

/**
 * Gives durable instances their rows, in one transaction, and their places. The same instance again is kept once; the
 * same UID with other content is kept apart: CONTENT_CONFLICT. One that can have no row keeps none from the others.
 * @throws Failure DATABASE_UNAVAILABLE, DISK_FULL (the database's)
 */
export async function recordArrived(deps: RecordDeps, arrived: readonly Arrived[]): Promise<(Outcome | Failure)[]> {
  const instances = arrived.map(({ instance }) => instance)
  const recorded = await recordEach(deps.db, instances)
  const brought = recorded.flatMap((each, at) => {
    const associationId = arrived[at]?.associationId
    return associationId === undefined || each instanceof Failure || each.outcome !== 'stored'
      ? []
      : [{ associationId, studyId: each.studyId }]
  })
  await deps.associations.brought(brought)
  return Promise.all(instances.map(({ id }, at) => settle(deps.files, id, recorded[at])))
}

async function recordEach(db: Db, instances: readonly StoredInstance[]): Promise<(Recorded | Failure)[]> {
  try {
    return await recordInstances(db, instances.map(rowOf))
  } catch (error) {
    const failure = asFailure(error, 'INTERNAL')
    if (failure.code === 'DATABASE_UNAVAILABLE' || failure.code === 'DISK_FULL') throw failure
    if (instances.length === 1) return [failure]
    const each: (Recorded | Failure)[] = []
    for (const instance of instances) each.push(...(await recordEach(db, [instance])))
    return each
  }
}

/** The same twice is harmless: the process may have been killed between row and place. */
async function settle(files: InstanceFiles, id: string, recorded: Recorded | Failure | undefined) {
  if (!recorded || recorded instanceof Failure) return recorded ?? new Failure('INTERNAL', 'not recorded')
  try {
    if (recorded.outcome === 'conflict') return await keepApart(files, id, recorded.id)
    if (recorded.outcome === 'duplicate') await files.remove(id)
    else await files.settle(id)
    return recorded.outcome === 'stored' ? 'stored' : 'repeated'
  } catch (error) {
    return asFailure(error, 'INTERNAL')
  }
}

/** Puts an arrived instance into quarantine, whose UID is held with other content. */
export async function keepApart(files: InstanceFiles, id: string, heldAs: string): Promise<Failure> {
  const failure = new Failure('CONTENT_CONFLICT', `SOP Instance UID is held with other content (as ${heldAs})`)
  await files.quarantine(id, failure)
  return failure
}

const rowOf = (instance: StoredInstance): NewInstance => ({
  id: instance.id,
  sopClassUid: parseUid(instance.sopClassUid),
  sopInstanceUid: parseUid(instance.sopInstanceUid),
  studyInstanceUid: parseUid(instance.studyInstanceUid),
  seriesInstanceUid: parseUid(instance.seriesInstanceUid),
  transferSyntaxUid: parseUid(instance.transferSyntaxUid),
  callingAeTitle: parseAeTitle(instance.callingAeTitle),
  calledAeTitle: parseAeTitle(instance.calledAeTitle),
  bytes: instance.bytes,
  sha256: instance.sha256,
  receivedAt: instance.receivedAt,
})
