import type { Config } from '../config/schema.ts'
import type { Limits, StorageScpOptions, Timers } from '../dimse/scp-options.ts'
import type { Resources } from '../lifecycle.ts'
import type { Events } from '../observe/events.ts'
import { openCertificates } from './certificates.ts'

type Door = Pick<StorageScpOptions, 'port' | 'tls' | 'admit' | 'identity' | 'limits' | 'timers'>

/** Where the SCP listens, who may come in, and how much of it a peer can use up. */
export async function frontDoor(config: Config, events: Events, resources: Resources): Promise<Door> {
  const { dicom } = config
  return {
    port: dicom.port === 'none' ? undefined : dicom.port,
    ...(await tlsOf(config, events, resources)),
    admit: { calledAeTitles: calledAeTitlesOf(config), peers: dicom.peers, tlsRequired: dicom.tls?.required ?? false },
    ...(dicom.userIdentity && { identity: dicom.userIdentity }),
    limits: limitsOf(config),
    timers: timersOf(config),
  }
}

async function tlsOf({ dicom: { tls } }: Config, events: Events, resources: Resources) {
  if (!tls) return {}
  const certificates = resources.use(await openCertificates(events, 'dicom', new Map([['tls', tls]])))
  const { port, mutual, minimumVersion } = tls
  return { tls: { port, mutual, minimumVersion, credentials: () => certificates.current('tls') } }
}

/** What is said of `dicom.aeTitle` among the others, holds for it. */
function calledAeTitlesOf({ dicom: { aeTitle, calledAeTitles } }: Config) {
  return calledAeTitles.some((each) => each.aeTitle === aeTitle) ? calledAeTitles : [{ aeTitle }, ...calledAeTitles]
}

const limitsOf = ({ dicom: { limits, maximumAssociations, maximumInstance } }: Config): Limits => ({
  associations: maximumAssociations,
  associationsPerAddress: limits.associationsPerPeer,
  associationsPerAeTitle: limits.associationsPerPeer,
  beforeNegotiation: limits.connections,
  beforeNegotiationPerAddress: limits.connectionsPerAddress,
  instanceBytes: maximumInstance,
})

const timersOf = ({ dicom: { limits, idle, tls } }: Config): Partial<Timers> => ({
  artimMs: limits.artim,
  idleMs: idle,
  dimseMs: limits.stall,
  minimumBytesPerSecond: limits.minimumRate,
  answerMs: limits.answer,
  ...(tls && { handshakeMs: tls.handshake }),
})
