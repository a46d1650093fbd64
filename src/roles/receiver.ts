import type { Config } from '../config/schema.ts'
import { RECEIVED_SOP_CLASSES } from '../dicom/sop-classes.ts'
import { ACCEPTED_TRANSFER_SYNTAXES, OPTIONAL_TRANSFER_SYNTAXES } from '../dicom/transfer-syntaxes.ts'
import { openStorageScp, type StorageScp } from '../dimse/storage-scp.ts'
import { asFailure, Failure } from '../failure.ts'
import { Resources } from '../lifecycle.ts'
import { closeQuietStudies } from '../receive/close-quiet-studies.ts'
import { openRows } from '../receive/open-rows.ts'
import { openQuotas } from '../receive/quotas.ts'
import { isWaitingForRows, recoverInstances } from '../receive/recover-instances.ts'
import { storeInstance } from '../receive/store-instance.ts'
import { openStudyAssociations, type StudyAssociations } from '../receive/study-associations.ts'
import { openCommitment } from './commitment.ts'
import { frontDoor } from './front-door.ts'
import type { Parts } from './parts.ts'
import { watchStorage } from './storage-watch.ts'
import { sweep } from './sweep.ts'

const COMPLETE_MS = 500
/** Associations that their receiver has not touched for this long, or for `quiet` if that is longer, died with it. */
const SHORTEST_STALE_MS = 8000
const QUOTA_MS = 30_000

/** Receives instances and completes studies. */
export async function startReceiver(
  parts: Parts,
): Promise<AsyncDisposable & { port: number; tlsPort: number | undefined }> {
  const { config, db, queue, files, events, checks } = parts
  await using resources = new Resources()
  const associations = openStudyAssociations(db)
  const rows = openRows({ db, files, associations })
  const deps = { db, files, events, associations, rows }
  await recoverInstances(deps)
  const { quiet: quietMs, maximum: maximumMs } = config.completion
  const associationStaleMs = Math.max(SHORTEST_STALE_MS, quietMs)
  const quiet = { quietMs, maximumMs, associationStaleMs }
  const complete = async () => {
    await recoverInstances(deps)
    if (!(await isWaitingForRows(files))) await closeQuietStudies({ db, queue, events, quiet })
  }
  resources.use(sweep(events, 'complete-studies', COMPLETE_MS, complete))
  resources.use(sweep(events, 'touch-associations', associationStaleMs / 4, () => associations.touch()))
  const scp = resources.use(await listen(parts, deps, resources))
  if (config.dicom.port !== 'none') events.listening(config.dicom.host, scp.port, 'plain')
  if (scp.tlsPort !== undefined) events.listening(config.dicom.host, scp.tlsPort, 'TLS')
  checks.receiver = async () => {
    if (!scp.listening) throw new Failure('PORT_UNAVAILABLE', `no longer listens on port ${scp.port}: restart the node`)
    return `listens on port ${scp.port}, ${scp.associations().length} association(s) open`
  }
  const running = resources.move()
  return { port: scp.port, tlsPort: scp.tlsPort, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() }
}

type Deps = Parameters<typeof storeInstance>[0] & { associations: StudyAssociations }

async function listen(parts: Parts, deps: Deps, resources: Resources): Promise<StorageScp> {
  const { config, db, files, events } = parts
  const { dicom } = config
  const storage = await watchStorage(parts, resources)
  const quotas = openQuotas(db, dicom.limits.quota)
  resources.use(sweep(events, 'count-quotas', QUOTA_MS, () => quotas.count()))
  return openStorageScp({
    host: dicom.host,
    ...(await frontDoor(config, events, resources)),
    abstractSyntaxes: RECEIVED_SOP_CLASSES,
    transferSyntaxes: transferSyntaxesOf(config),
    noRoomFor: (callingAeTitle) => storage.low() ?? quotas.exceededBy(callingAeTitle)?.message,
    beforeRelease: (associationId) => deps.rows.recorded(associationId),
    commitment: await openCommitment(parts, resources),
    openSink(incoming) {
      const { callingAeTitle } = incoming
      const exceeded = quotas.exceededBy(callingAeTitle)
      if (exceeded) throw exceeded
      const sink = files.openSink(incoming)
      return {
        write(chunk) {
          quotas.took(callingAeTitle, chunk.length)
          return sink.write(chunk)
        },
        finish: () => storeInstance(deps, incoming.associationId, sink),
        discard: (reason) => sink.discard(reason),
      }
    },
    events: {
      ...events,
      associationOpened(peer) {
        deps.associations.opened(peer.associationId)
        events.associationOpened(peer)
      },
      associationClosed(peer, outcome, instances, durationMs, words) {
        events.associationClosed(peer, outcome, instances, durationMs, words)
        deps.associations
          .closed(peer.associationId)
          .catch((error: unknown) => events.sweepFailed('close-association', asFailure(error, 'INTERNAL')))
      },
    },
  })
}

const transferSyntaxesOf = ({ dicom }: Config): string[] => [
  ...ACCEPTED_TRANSFER_SYNTAXES,
  ...(dicom.acceptDeflated ? [OPTIONAL_TRANSFER_SYNTAXES.deflated] : []),
  ...(dicom.acceptBigEndian ? [OPTIONAL_TRANSFER_SYNTAXES.bigEndian] : []),
]
