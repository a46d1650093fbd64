import { randomUUID } from 'node:crypto'
import { openCommitmentRequest } from '../db/commitment-request.ts'
import type { Taken } from '../db/delivery-confirm.ts'
import { findRefusedSopClasses, learnSopClasses } from '../db/destination-sop-class.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import { find } from '../dimse/find.ts'
import { requestCommitment } from '../dimse/storage-commitment.ts'
import { asFailure, Failure } from '../failure.ts'
import { parseUid, type Uid } from '../study/identifiers.ts'
import type { Confirmation } from './courier.ts'
import type { DicomDestination } from './dicom-courier.ts'

type Answers = ReadonlyMap<string, Confirmation>

const same = (taken: readonly Taken[], confirmation: Confirmation): Answers =>
  new Map(taken.map(({ deliveryId }) => [deliveryId, confirmation]))

/** PS3.5 Annex B.2. */
const newUid = (): Uid => parseUid(`2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`)

/**
 * Asks a peer for what it took. Storage commitment comes first; a query where the peer does not support it or has not
 * reported; then storage commitment anew where it answers no queries either.
 */
export async function askForTaken(to: DicomDestination, taken: readonly Taken[]): Promise<Answers> {
  const refused = await findRefusedSopClasses(to.db, to.destination, to.forgetMs)
  const commits = to.confirm !== 'query' && !refused.has(SopClass.StorageCommitmentPushModel)
  const queries = to.confirm !== 'storage commitment' && !refused.has(SopClass.StudyRootQueryRetrieveFind)
  const fresh = taken.filter(({ askedAt }) => askedAt === null)
  const unreported = taken.filter(({ askedAt }) => askedAt !== null)
  const asked = commits ? await unlessRefused(to, SopClass.StorageCommitmentPushModel, fresh, commit) : undefined
  const toQuery = asked ? unreported : taken
  const found = queries ? await unlessRefused(to, SopClass.StudyRootQueryRetrieveFind, toQuery, query) : undefined
  const rest = found ? new Map() : await askAnew(to, commits && (asked !== undefined || fresh.length === 0), toQuery)
  return new Map([...(asked ?? []), ...(found ?? []), ...rest])
}

async function askAnew(to: DicomDestination, commits: boolean, taken: readonly Taken[]): Promise<Answers> {
  const asked = commits ? await unlessRefused(to, SopClass.StorageCommitmentPushModel, taken, commit) : undefined
  const words = 'the peer supports neither storage commitment nor Study Root queries'
  return asked ?? same(taken, { presence: 'unknown', failure: new Failure('SOP_CLASS_REFUSED', words) })
}

type Ask = (to: DicomDestination, taken: readonly Taken[]) => Promise<Answers>

/** Undefined when the peer does not support it, which is remembered. */
async function unlessRefused(
  to: DicomDestination,
  sopClassUid: string,
  taken: readonly Taken[],
  ask: Ask,
): Promise<Answers | undefined> {
  if (taken.length === 0) return new Map()
  try {
    return await ask(to, taken)
  } catch (error) {
    const failure = asFailure(error, 'INTERNAL')
    if (failure.code !== 'SOP_CLASS_REFUSED') return same(taken, { presence: 'unknown', failure })
    await learnSopClasses(to.db, to.destination, [sopClassUid], false)
    return undefined
  }
}

async function commit({ db, destination, peer, lingerMs, onReport }: DicomDestination, taken: readonly Taken[]) {
  const transactionUid = newUid()
  await openCommitmentRequest(db, transactionUid, destination)
  await requestCommitment(peer, { transactionUid, instances: taken }, { lingerMs, onReport })
  return same(taken, { presence: 'asked' })
}

/** One query for each series. */
async function query({ peer }: DicomDestination, taken: readonly Taken[]): Promise<Answers> {
  const series = [...new Map(taken.map((each) => [each.seriesInstanceUid, each])).values()]
  const matches = await find(
    peer,
    series.map(({ studyInstanceUid, seriesInstanceUid }) => ({
      QueryRetrieveLevel: 'IMAGE',
      StudyInstanceUID: studyInstanceUid,
      SeriesInstanceUID: seriesInstanceUid,
      SOPInstanceUID: null,
    })),
  )
  const present = new Set(matches.flat().map((match) => match.string('SOPInstanceUID')))
  const missing = new Failure('NOT_KEPT', 'the destination does not find it')
  return new Map(
    taken.map(({ deliveryId, sopInstanceUid }) => [
      deliveryId,
      present.has(sopInstanceUid) ? { presence: 'kept' } : { presence: 'missing', failure: missing },
    ]),
  )
}
