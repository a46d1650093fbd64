import type { Config } from '../../config/schema.ts'
import type { Destination, DicomDestination, DicomwebDestination } from '../../config/sender-section.ts'
import { SopClass } from '../../dicom/sop-classes.ts'
import { lookAtPeer } from '../../dimse/echo.ts'
import { readTlsCredentials } from '../../dimse/tls/credentials.ts'
import { lookAtTls } from '../../dimse/tls/look.ts'
import { SR_CLASSES } from '../../report/build-sr.ts'
import { probeNow } from '../courier.ts'
import { originServerOf } from '../origin-server.ts'
import { peerOf } from '../peer.ts'
import { resolved } from './check-peers.ts'
import { type Check, type Found, Trouble } from './checkup.ts'
import { judgeSkew, SKEW_REMEDY } from './clock-skew.ts'
import { webClockAheadMs } from './web-clock.ts'

/** A doctor does not wait as long as a delivery may. */
const LONGEST_MS = 8000

export const checksOfDestinations = (config: Config): Record<string, Check> =>
  Object.fromEntries(
    config.destinations.map((each) => [`destination ${each.name}`, () => checkDestination(config, each)]),
  )

async function checkDestination(config: Config, destination: Destination): Promise<Found> {
  if (destination.type === 'dicom') return checkDicom(config, destination)
  const { roundTripMs } = await probeNow(config, destination)
  const words = `answered in ${roundTripMs.toFixed(1)} ms`
  const skew = destination.type === 'dicomweb' ? await skewOf(config, destination) : undefined
  return skew?.concerning ? { words: `${words}; ${skew.words}`, concern: SKEW_REMEDY } : words
}

/** Of no use where it cannot be had: this is about clocks, not about whether the server works. */
async function skewOf(config: Config, destination: DicomwebDestination) {
  const credentials = await readTlsCredentials(destination.tls ?? {})
  const server = originServerOf(config, destination, () => credentials)
  const aheadMs = await webClockAheadMs(server).catch(() => undefined)
  return aheadMs === undefined ? undefined : judgeSkew('its', aheadMs, 1000)
}

/** What a destination may ask for, and the SOP classes that do: one of them is enough. */
const CLASSES: Readonly<Record<DicomDestination['objects'][number], readonly string[]>> = {
  sr: SR_CLASSES,
  sc: [SopClass.SecondaryCaptureImageStorage],
  kos: [SopClass.KeyObjectSelectionDocumentStorage],
}

const CLASS_NAMES = new Map<string, string>(Object.entries(SopClass).map(([name, uid]) => [uid, name]))
const className = (uid: string) => CLASS_NAMES.get(uid) ?? uid

/** Name, TCP, TLS, association, C-ECHO, and what it would take from us: the first that fails is the cause. */
async function checkDicom(config: Config, destination: DicomDestination): Promise<Found> {
  const { tls, objects } = destination
  const where = await resolved(destination.host)
  const credentials = await readTlsCredentials(tls ?? {})
  const timeoutMs = Math.min(LONGEST_MS, config.delivery.timeout)
  const peer = { ...peerOf(config, destination, () => credentials), timeoutMs }
  const spoken = tls ? [`${(await lookAtTls(peer)).version}`] : []
  const { roundTripMs, accepted } = await lookAtPeer(
    peer,
    objects.flatMap((each) => CLASSES[each]),
  )
  const taken = objects.map((each) => CLASSES[each].find((uid) => accepted.has(uid)))
  const lacking = objects.filter((_, at) => taken[at] === undefined)
  if (lacking.length > 0)
    throw new Trouble(
      `it takes no ${lacking.flatMap((each) => CLASSES[each].map(className)).join(', ')}`,
      `have it accept ${lacking.length > 1 ? 'them' : 'one of these classes'}, or leave ${lacking.join(', ')} out of objects of the destination`,
    )
  const echoed = roundTripMs === undefined ? 'no C-ECHO' : `C-ECHO answered in ${roundTripMs.toFixed(1)} ms`
  const words = [
    where,
    ...spoken,
    echoed,
    `takes ${taken.flatMap((uid) => (uid ? className(uid) : [])).join(', ')}`,
  ].join(', ')
  const concern =
    tls && !tls.verify && 'whoever answers there is taken for it: remove tls.verify: false of the destination'
  return concern ? { words, concern } : words
}
