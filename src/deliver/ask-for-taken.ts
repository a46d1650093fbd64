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

/** What was learned by asking; or why asking in this way led to nothing. */
type Attempt =
  | { readonly answers: Answers; readonly failure?: undefined }
  | { readonly failure: Failure; answers?: undefined }
type Ask = (to: DicomDestination, taken: readonly Taken[]) => Promise<Answers>

/**
 * Asks a peer for what it took. Storage commitment comes first; a query where the peer does not support it, will not, or
 * has not reported; then storage commitment anew where it answers no queries either.
 */
export async function askForTaken(to: DicomDestination, taken: readonly Taken[]): Promise<Answers> {
  const refused = await findRefusedSopClasses(to.db, to.destination, to.forgetMs)
  const commits = to.confirm !== 'query' && !refused.has(SopClass.StorageCommitmentPushModel)
  const queries = to.confirm !== 'storage commitment' && !refused.has(SopClass.StudyRootQueryRetrieveFind)
  const byCommitment = async (some: readonly Taken[]): Promise<Attempt> =>
    commits ? attempt(to, SopClass.StorageCommitmentPushModel, some, commit) : { failure: unsupported() }
  const byQuery = async (some: readonly Taken[]): Promise<Attempt> =>
    queries ? attempt(to, SopClass.StudyRootQueryRetrieveFind, some, query) : { failure: unsupported() }

  const asked = await byCommitment(taken.filter(({ askedAt }) => askedAt === null))
  const left = asked.answers ? taken.filter(({ askedAt }) => askedAt !== null) : taken
  const found = await byQuery(left)
  const last: Attempt = found.answers || asked.failure ? found : await byCommitment(left)
  const passing = [last.failure, asked.failure].find((failure) => failure && failure.code !== 'SOP_CLASS_REFUSED')
  const by = passing && passing === found.failure ? 'query' : 'storage commitment'
  const rest = last.answers ?? same(left, { presence: 'unknown', failure: passing ?? unsupported(), by })
  return new Map([...(asked.answers ?? []), ...rest])
}

const unsupported = () =>
  new Failure('SOP_CLASS_REFUSED', 'the peer supports neither storage commitment nor Study Root queries')

/** What the peer does not support is remembered. */
async function attempt(to: DicomDestination, sopClassUid: string, taken: readonly Taken[], ask: Ask): Promise<Attempt> {
  if (taken.length === 0) return { answers: new Map() }
  try {
    return { answers: await ask(to, taken) }
  } catch (error) {
    const failure = asFailure(error, 'INTERNAL')
    if (failure.code === 'SOP_CLASS_REFUSED') await learnSopClasses(to.db, to.destination, [sopClassUid], false)
    return { failure }
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
