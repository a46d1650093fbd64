import type { Config } from '../config/schema.ts'
import type { Destination } from '../config/sender-section.ts'
import type { Courier } from '../deliver/courier.ts'
import { dicomCourier } from '../deliver/dicom-courier.ts'
import { peerOf } from './peer.ts'

/** What takes results to a destination, by its type. */
export function courierOf(config: Config, destination: Destination): Courier {
  switch (destination.type) {
    case 'dicom':
      return dicomCourier(peerOf(config, destination))
  }
}
