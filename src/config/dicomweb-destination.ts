import { z } from 'zod'
import { count, path, yesNo } from './values.ts'

/** The root of a DICOMweb service: `studies` is below it. */
const serviceUrl = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isRoot = url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '' && url.username === ''
  if (isRoot) return text
  const message = 'the root of a DICOMweb service, such as https://pacs.example/dicom-web, without user or query'
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

/** What only a DICOMweb destination has. */
export const dicomwebKeys = {
  url: serviceUrl,
  tokenFile: path.optional(),
  basic: z.strictObject({ username: z.string().min(1), passwordFile: path }).optional(),
  instancesPerRequest: count.prefault(10),
  confirm: z.enum(['query', 'none']).default('query'),
  checkIdentity: yesNo.default(false),
}

type Destination = { readonly name: string; readonly type: string; readonly url?: string }
type Web = Destination & { readonly tls?: unknown; readonly tokenFile?: unknown; readonly basic?: unknown }

/** What of the above does not go together. */
export function dicomwebContradictions(destinations: readonly Web[]): string[] {
  return destinations.flatMap(({ name, url, tls, tokenFile, basic }) => [
    ...(url?.startsWith('http:') && tls ? [`destinations: ${name}.tls needs a url that begins with https:`] : []),
    ...(tokenFile && basic ? [`destinations: ${name} has both tokenFile and basic; one of them says who we are`] : []),
  ])
}
