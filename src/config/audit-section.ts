import { z } from 'zod'
import { path, port, section, yesNo } from './values.ts'

const repository = z.strictObject({
  host: z.string().min(1),
  port: port.prefault(6514),
  transport: z.enum(['tls', 'udp']).default('tls'),
  ca: path.optional(),
  certificate: path.optional(),
  key: path.optional(),
})

/** The audit trail. */
export const audit = section({ patientId: yesNo.default(false), repository: repository.optional() })

type Audit = { readonly repository?: z.infer<typeof repository> | undefined }

/** What is wrong with it as a whole. */
export function auditContradictions({ repository }: Audit): string[] {
  if (!repository) return []
  const { transport, certificate, key, ca } = repository
  const faults: string[] = []
  if ((certificate === undefined) !== (key === undefined))
    faults.push('audit.repository: certificate and key go together')
  if (transport === 'udp' && (certificate ?? key ?? ca) !== undefined)
    faults.push('audit.repository: with transport udp there are no certificates')
  return faults
}
