import type { Db } from '../db/schema.ts'
import type { CommitmentReport } from '../dimse/commitment-data-set.ts'
import { echo } from '../dimse/echo.ts'
import { find } from '../dimse/find.ts'
import type { Peer } from '../dimse/peer.ts'
import { askForTaken } from './ask-for-taken.ts'
import type { Courier } from './courier.ts'
import { storeOffers } from './store-offers.ts'

export type DicomDestination = {
  readonly db: Db
  /** Its name. */
  readonly destination: string
  readonly peer: Peer
  /** By what it is asked whether it kept what it took: `auto` is storage commitment, else a query. */
  readonly confirm: 'auto' | 'storage commitment' | 'query' | 'none'
  /** What it did not take on is tried again after this time. */
  readonly forgetMs: number
  /** How long an association stays open for a storage commitment report. */
  readonly lingerMs: number
  onReport(report: CommitmentReport): Promise<void>
}

/** Stores results at a peer with C-STORE, and asks for them with storage commitment and C-FIND. */
export const dicomCourier = (to: DicomDestination): Courier => ({
  patienceMs: 3 * to.peer.timeoutMs,
  offer: (offers, onOutcome) => storeOffers(to, offers, onOutcome),
  ...(to.confirm !== 'none' && { confirm: (taken) => askForTaken(to, taken) }),
  async identify(studyInstanceUid) {
    const [matches = []] = await find(to.peer, [
      { QueryRetrieveLevel: 'STUDY', StudyInstanceUID: studyInstanceUid, PatientID: null, AccessionNumber: null },
    ])
    return matches.map((match) => ({
      patientId: match.string('PatientID'),
      accessionNumber: match.string('AccessionNumber'),
    }))
  },
  probe: () => echo(to.peer),
})
