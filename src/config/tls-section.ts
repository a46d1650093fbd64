import { z } from 'zod'
import { duration, path, port, yesNo } from './values.ts'

const minimumVersion = z.enum(['TLSv1.2', 'TLSv1.3']).default('TLSv1.2')

/** TLS for associations that come in; plain TCP only when absent. */
export const listenerTls = z
  .strictObject({
    port: port.prefault(2762),
    certificate: path,
    key: path,
    ca: path.optional(),
    crl: path.optional(),
    mutual: yesNo.default(true),
    required: yesNo.default(false),
    minimumVersion,
    handshake: duration.prefault('10s'),
  })
  .optional()

/** TLS towards a destination; plain TCP when absent. */
export const destinationTls = z
  .strictObject({
    ca: path.optional(),
    crl: path.optional(),
    certificate: path.optional(),
    key: path.optional(),
    servername: z.string().min(1).optional(),
    verify: yesNo.default(true),
    minimumVersion,
  })
  .optional()

type Listener = { readonly port: number | 'none'; readonly tls?: z.infer<typeof listenerTls> }
type Destination = { readonly name: string; readonly tls?: z.infer<typeof destinationTls> }

/** What of the above does not go together. */
export function tlsContradictions(dicom: Listener, destinations: readonly Destination[]): string[] {
  const faults: string[] = []
  if (dicom.port === 'none' && !dicom.tls) faults.push('dicom.port: none leaves no port to listen on without dicom.tls')
  if (dicom.tls && dicom.tls.port !== 0 && dicom.tls.port === dicom.port)
    faults.push('dicom.tls.port: TLS and plain TCP need a port each; for TLS alone set dicom.port: none')
  if (dicom.tls?.mutual && dicom.tls.ca === undefined)
    faults.push('dicom.tls.ca: whose certificates to accept has to be said, or dicom.tls.mutual: false')
  if (dicom.tls?.crl !== undefined && dicom.tls.ca === undefined)
    faults.push('dicom.tls.crl: what is revoked matters only with dicom.tls.ca')
  for (const { name, tls } of destinations)
    if (tls && (tls.certificate === undefined) !== (tls.key === undefined))
      faults.push(`destinations: ${name}.tls has one of certificate and key; it needs both or none`)
  return faults
}
