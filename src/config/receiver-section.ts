import { z } from 'zod'
import { userIdentity } from './identity-section.ts'
import { listenerTls } from './tls-section.ts'
import { aeTitle, characterSet, count, duration, peerHost, port, section, size, yesNo } from './values.ts'

const peer = z.strictObject({
  aeTitle,
  host: z.union([peerHost, z.array(peerHost).min(1)]),
  certificate: z.string().min(1).optional(),
  plain: yesNo.optional(),
  characterSet: characterSet.optional(),
  reportTo: z.strictObject({ host: z.string().min(1), port }).optional(),
})
const calledAe = z.strictObject({ aeTitle, peers: z.array(aeTitle).optional() })

/** What a peer can use up, in number, size and time. */
const limits = section({
  associationsPerPeer: count.prefault(32),
  connections: count.prefault(64),
  connectionsPerAddress: count.prefault(32),
  artim: duration.prefault('10s'),
  stall: duration.prefault('30s'),
  minimumRate: size.prefault('1KB'),
  answer: duration.prefault('2m'),
  quota: z.strictObject({ bytes: size, per: duration }).optional(),
})

/** How instances come in. */
export const dicom = section({
  aeTitle: aeTitle.prefault('MCADS'),
  host: z.string().default('0.0.0.0'),
  /** For plain TCP. */
  port: z.union([z.literal('none'), port]).prefault(11_112),
  tls: listenerTls,
  calledAeTitles: z.array(calledAe).default([]),
  peers: z.array(peer).default([]),
  userIdentity,
  acceptDeflated: yesNo.default(false),
  acceptBigEndian: yesNo.default(false),
  maximumAssociations: count.prefault(64),
  maximumInstance: size.prefault('2GB'),
  idle: duration.prefault('60s'),
  limits,
})

/** When a study is complete. */
export const completion = section({ quiet: duration.prefault('30s'), maximum: duration.prefault('15m') })
