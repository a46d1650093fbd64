import type { Config } from '../../config/schema.ts'
import type { Destination, DicomwebDestination } from '../../config/sender-section.ts'
import { readTlsCredentials } from '../../tls/credentials.ts'
import { probeNow } from '../courier.ts'
import { originServerOf } from '../origin-server.ts'
import { checkDicomDestination } from './check-dicom-destination.ts'
import type { Check, Found } from './checkup.ts'
import { judgeSkew, SKEW_REMEDY } from './clock-skew.ts'
import { webClockAheadMs } from './web-clock.ts'

export const checksOfDestinations = (config: Config): Record<string, Check> =>
  Object.fromEntries(
    config.destinations.map((each) => [`destination ${each.name}`, () => checkDestination(config, each)]),
  )

async function checkDestination(config: Config, destination: Destination): Promise<Found> {
  if (destination.type === 'dicom') return checkDicomDestination(config, destination)
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
