import type { Config } from '../../config/schema.ts'
import type { DicomDestination } from '../../config/sender-section.ts'
import { SopClass } from '../../dicom/sop-classes.ts'
import { lookAtPeer } from '../../dimse/echo.ts'
import { lookAtTls } from '../../dimse/tls-look.ts'
import { SR_CLASSES } from '../../report/build-sr.ts'
import { readTlsCredentials } from '../../tls/credentials.ts'
import { peerOf } from '../peer.ts'
import { resolved } from './check-peers.ts'
import { type Found, Trouble } from './checkup.ts'

/** A doctor does not wait as long as a delivery may. */
const LONGEST_MS = 8000

/** What a destination may ask for, and the SOP classes that do: one of them is enough. */
const CLASSES: Readonly<Record<DicomDestination['objects'][number], readonly string[]>> = {
  sr: SR_CLASSES,
  sc: [SopClass.SecondaryCaptureImageStorage],
  kos: [SopClass.KeyObjectSelectionDocumentStorage],
  'basic-text-sr': [SopClass.BasicTextSrStorage],
  gsps: [SopClass.GrayscaleSoftcopyPresentationStateStorage],
  'multi-frame-sc': [SopClass.MultiFrameTrueColorSecondaryCaptureImageStorage],
  pdf: [SopClass.EncapsulatedPdfStorage],
}
/** How it can be asked for what it took. */
const CONFIRMING = [SopClass.StorageCommitmentPushModel, SopClass.StudyRootQueryRetrieveFind]

const CLASS_NAMES = new Map<string, string>(Object.entries(SopClass).map(([name, uid]) => [uid, name]))
const classNames = (uids: readonly string[]) => uids.map((uid) => CLASS_NAMES.get(uid) ?? uid).join(', ')

/** Name, TCP, TLS, association, C-ECHO, and what it would take from us: the first that fails is the cause. */
export async function checkDicomDestination(config: Config, destination: DicomDestination): Promise<Found> {
  const { tls, objects } = destination
  const where = await resolved(destination.host)
  const credentials = await readTlsCredentials(tls ?? {})
  const timeoutMs = Math.min(LONGEST_MS, config.delivery.timeout)
  const peer = { ...peerOf(config, destination, () => credentials), timeoutMs }
  const spoken = tls ? [(await lookAtTls(peer)).version] : []
  const asked = [...objects.flatMap((each) => CLASSES[each]), ...CONFIRMING]
  const { roundTripMs, accepted } = await lookAtPeer(peer, asked)
  const echoed = roundTripMs === undefined ? 'no C-ECHO' : `C-ECHO answered in ${roundTripMs.toFixed(1)} ms`
  const takes = `takes ${classNames(takenOf(destination, accepted))}`
  const confirmation = confirmationOf(config, destination, accepted)
  const words = [where, ...spoken, echoed, takes, confirmation.words].join(', ')
  const unverified = 'whoever answers there is taken for it: remove tls.verify: false of the destination'
  const concerns = [...(tls && !tls.verify ? [unverified] : []), ...confirmation.concerns]
  return concerns.length > 0 ? { words, concern: concerns.join('; ') } : words
}

/** The class in which each kind of result would go there. */
function takenOf({ objects }: DicomDestination, accepted: ReadonlySet<string>): string[] {
  const lacking = objects.filter((each) => !CLASSES[each].some((uid) => accepted.has(uid)))
  if (lacking.length === 0) return objects.flatMap((each) => CLASSES[each].find((uid) => accepted.has(uid)) ?? [])
  throw new Trouble(
    `it takes no ${classNames(lacking.flatMap((each) => CLASSES[each]))}`,
    `have it accept ${lacking.length > 1 ? 'them' : 'one of these classes'}, or leave ${lacking.join(', ')} out of objects of the destination`,
  )
}

/** How it would say that it still has what it took. */
function confirmationOf({ dicom }: Config, { aeTitle, confirm }: DicomDestination, accepted: ReadonlySet<string>) {
  const commits = accepted.has(SopClass.StorageCommitmentPushModel)
  const answersQueries = accepted.has(SopClass.StudyRootQueryRetrieveFind)
  if (confirm === 'none') return { words: 'is not asked to confirm', concerns: [] }
  if (confirm === 'storage commitment' && !commits)
    throw new Trouble('it offers no storage commitment', 'have it offer it, or set confirm: auto of the destination')
  if (confirm === 'query' && !answersQueries)
    throw new Trouble(
      'it answers no Study Root queries',
      'have it answer them, or set confirm: auto of the destination',
    )
  if (!commits && !answersQueries)
    return {
      words: 'confirms nothing',
      concerns: ['have it offer storage commitment or Study Root queries, so that what it loses is sent again'],
    }
  if (confirm === 'query' || !commits) return { words: 'confirms by query', concerns: [] }
  const mayReport = dicom.peers.some((each) => each.aeTitle === aeTitle)
  const concern = `it may report on an association of its own: list ${aeTitle} in dicom.peers`
  return { words: 'confirms by storage commitment', concerns: mayReport ? [] : [concern] }
}
