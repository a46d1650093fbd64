import type { Config } from '../config/schema.ts'
import type { Destination } from '../config/sender-section.ts'
import type { Courier } from '../deliver/courier.ts'
import { dicomCourier } from '../deliver/dicom-courier.ts'
import { dicomwebCourier } from '../deliver/dicomweb-courier.ts'
import { hl7Courier } from '../deliver/hl7-courier.ts'
import { roundTrip } from '../deliver/round-trip.ts'
import { takeReport } from '../deliver/take-report.ts'
import { probeServer } from '../dicomweb/search-instances.ts'
import { echo } from '../dimse/echo.ts'
import { readTlsCredentials, type TlsCredentials } from '../tls/credentials.ts'
import { deliverySettings } from './delivery-settings.ts'
import { receiverOf } from './hl7-receiver.ts'
import { originServerOf } from './origin-server.ts'
import type { Parts } from './parts.ts'
import { peerOf } from './peer.ts'

/** The certificates of a destination that is called over TLS, by its name. */
type Credentials = (destination: string) => TlsCredentials

/** How long an association stays open for a storage commitment report that comes over it. */
const LINGER_MS = 1000

/** What takes results to a destination, by its type. */
export function courierOf(parts: Parts, destination: Destination, credentials: Credentials): Courier {
  const { config, db, events } = parts
  const { name } = destination
  switch (destination.type) {
    case 'dicom':
      return dicomCourier({
        db,
        destination: name,
        peer: peerOf(config, destination, () => credentials(name)),
        confirm: destination.confirm,
        forgetMs: config.delivery.forget,
        lingerMs: LINGER_MS,
        onReport: (report) => takeReport({ db, events, settings: deliverySettings(config) }, report),
      })
    case 'dicomweb':
      return dicomwebCourier({
        db,
        destination: name,
        server: originServerOf(config, destination, () => credentials(name)),
        instancesPerRequest: destination.instancesPerRequest,
        confirm: destination.confirm,
        forgetMs: config.delivery.forget,
      })
    case 'hl7':
      return hl7Courier(receiverOf(config, destination, () => credentials(name)))
  }
}

/** Looks once whether a destination shows signs of life, with the certificates of the moment. @throws Failure */
export async function probeNow(config: Config, destination: Destination): Promise<{ roundTripMs: number }> {
  const read = await readTlsCredentials(destination.tls ?? {})
  const credentials = () => read
  switch (destination.type) {
    case 'dicom':
      return echo(peerOf(config, destination, credentials))
    case 'dicomweb':
      return roundTrip(() => probeServer(originServerOf(config, destination, credentials)))
    case 'hl7':
      return hl7Courier(receiverOf(config, destination, credentials)).probe()
  }
}
