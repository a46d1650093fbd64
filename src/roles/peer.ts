import type { Config } from '../config/schema.ts'
import type { DicomDestination } from '../config/sender-section.ts'
import type { Peer } from '../dimse/peer.ts'

/** A destination as the SCU calls it. */
export const peerOf = (config: Config, destination: DicomDestination): Peer => ({
  host: destination.host,
  port: destination.port,
  calledAeTitle: destination.aeTitle,
  callingAeTitle: destination.callingAeTitle ?? config.dicom.aeTitle,
  timeoutMs: config.delivery.timeout,
})
