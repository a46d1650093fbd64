import type { Content } from '../db/instance.ts'
import { asFailure } from '../failure.ts'
import type { InstanceFiles, StoredInstance } from '../files/instance-files.ts'
import { within } from '../lifecycle.ts'
import type { Events } from '../observe/events.ts'
import type { Rows } from './open-rows.ts'
import { keepApart } from './record-arrived.ts'

type Deps = { files: InstanceFiles; events: Events; rows: Rows }

/** What a sink of `files` is when all has come: durable, under `arrived`, when `finish` resolves. */
type Arrival = { readonly sopInstanceUid: string; finish(): Promise<StoredInstance> }

/**
 * Resolves when the instance would survive a power cut. Its row follows, from memory or, after a crash, from the file;
 * what is held under its SOP Instance UID is looked up while the disk is at work.
 * @throws Failure why the instance is not taken; what was sent is then in quarantine, or gone when there was no room
 */
export async function storeInstance(deps: Deps, associationId: string, arrival: Arrival): Promise<void> {
  const { files, rows } = deps
  const startedAt = performance.now()
  const looked = lookUp(rows, arrival.sopInstanceUid)
  const instance = await arrival.finish()
  const held = rows.waitingAs(instance.sopInstanceUid) ?? (await looked)
  if (held && held.sha256 !== instance.sha256) throw await keepApart(files, instance.id, held.id)
  void record(deps, associationId, instance, performance.now() - startedAt)
}

/** The instance is safe without its row: a sender does not wait for longer for a database that hangs. */
const LOOK_MS = 2000

/** A database that does not answer knows of nothing; what it holds is found out when it does. */
const lookUp = (rows: Rows, sopInstanceUid: string): Promise<Content | undefined> =>
  within(
    LOOK_MS,
    rows.contentOf(sopInstanceUid).catch(() => undefined),
  )

async function record({ rows, events }: Deps, associationId: string, instance: StoredInstance, durationMs: number) {
  const { sopClassUid, sopInstanceUid, studyInstanceUid, bytes } = instance
  const told = { associationId, sopClassUid, sopInstanceUid, studyInstanceUid, bytes }
  const outcome = await rows.record(instance, associationId).catch((error: unknown) => asFailure(error, 'INTERNAL'))
  if (outcome === 'stored') events.instanceStored(told, durationMs)
  else if (outcome === 'repeated') events.instanceRepeated(told)
  else if (outcome.code === 'CONTENT_CONFLICT') events.instanceRefused(associationId, sopInstanceUid, outcome)
  else events.instanceUnrecorded(told, outcome)
}
