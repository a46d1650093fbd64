import { findNextReporter } from '../db/commitment-report.ts'
import { openLane } from '../deliver/lane.ts'
import { takeReport } from '../deliver/take-report.ts'
import type { CommitmentHandler } from '../dimse/incoming-commitment.ts'
import { asFailure } from '../failure.ts'
import type { Resources } from '../lifecycle.ts'
import { sendCommitmentReport } from '../receive/report-commitment.ts'
import { type ReportAddress, takeCommitmentRequest } from '../receive/take-commitment-request.ts'
import type { AeTitle } from '../study/identifiers.ts'
import { openCertificates } from './certificates.ts'
import { deliverySettings } from './delivery-settings.ts'
import type { Parts } from './parts.ts'
import { peerOf } from './peer.ts'
import { sweep } from './sweep.ts'

const SWEEP_MS = 2000
/** Senders that are reported to at the same time. */
const REPORTS_AT_ONCE = 8
/** A sender that does not take a report in this time has forgotten that it asked. */
const GIVE_UP_MS = 86_400_000

/** Storage commitment at our port: what senders ask us to keep, and what destinations report of what we sent them. */
export async function openCommitment(parts: Parts, resources: Resources): Promise<CommitmentHandler> {
  const { config, db, files, events } = parts
  const settings = deliverySettings(config)
  const addressOf = await openAddresses(parts, resources)
  const deps = { db, files, events, addressOf, retry: settings.retry, giveUpMs: GIVE_UP_MS }
  const lane = resources.use(
    openLane<AeTitle>({
      atOnce: REPORTS_AT_ONCE,
      gapMs: 0,
      next: (busy) => findNextReporter(db, busy),
      work: (aeTitle) => sendCommitmentReport(deps, aeTitle),
      onError: (error) => events.sweepFailed('report-commitments', asFailure(error, 'INTERNAL')),
    }),
  )
  resources.use(sweep(events, 'find-reports', SWEEP_MS, async () => lane.wake()))
  return {
    async requested(peer, request) {
      await takeCommitmentRequest(deps, peer, request)
      lane.wake()
    },
    reported: (_peer, report) => takeReport({ db, events, settings }, report),
  }
}

/** Of a destination of this AE title, else by the peer's `reportTo`; never from what a peer says of itself. */
async function openAddresses({ config, events }: Parts, resources: Resources): Promise<ReportAddress> {
  const destinations = config.destinations.flatMap((each) => (each.type === 'dicom' ? [each] : []))
  const secured = destinations.flatMap(({ name, tls }) => (tls ? [[name, tls] as const] : []))
  const certificates = resources.use(await openCertificates(events, 'destinations', new Map(secured)))
  return (aeTitle, ours) => {
    const destination = destinations.find((each) => each.aeTitle === aeTitle)
    if (destination)
      return peerOf(config, { ...destination, callingAeTitle: ours }, () => certificates.current(destination.name))
    const address = config.dicom.peers.find((each) => each.aeTitle === aeTitle && each.reportTo)?.reportTo
    if (!address) return undefined
    return { ...address, calledAeTitle: aeTitle, callingAeTitle: ours, timeoutMs: config.delivery.timeout }
  }
}
