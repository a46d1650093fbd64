import type { Config } from '../config/schema.ts'
import type { Destination } from '../config/sender-section.ts'
import type { Courier } from '../deliver/courier.ts'
import { dicomCourier } from '../deliver/dicom-courier.ts'
import { dicomwebCourier } from '../deliver/dicomweb-courier.ts'
import { hl7Courier } from '../deliver/hl7-courier.ts'
import { readTlsCredentials, type TlsCredentials } from '../dimse/tls/credentials.ts'
import { receiverOf } from './hl7-receiver.ts'
import { originServerOf } from './origin-server.ts'
import { peerOf } from './peer.ts'

/** The certificates of a destination that is called over TLS, by its name. */
type Credentials = (destination: string) => TlsCredentials

/** What takes results to a destination, by its type. */
export function courierOf(config: Config, destination: Destination, credentials: Credentials): Courier {
  switch (destination.type) {
    case 'dicom':
      return dicomCourier(peerOf(config, destination, () => credentials(destination.name)))
    case 'dicomweb':
      return dicomwebCourier(
        originServerOf(config, destination, () => credentials(destination.name)),
        destination.instancesPerRequest,
      )
    case 'hl7':
      return hl7Courier(receiverOf(config, destination, () => credentials(destination.name)))
  }
}

/** The same for a moment, with the certificates of that moment. @throws Failure CERTIFICATE_INVALID */
export async function courierNow(config: Config, destination: Destination): Promise<Courier> {
  const credentials = await readTlsCredentials(destination.tls ?? {})
  return courierOf(config, destination, () => credentials)
}
