import { z } from 'zod'
import { port } from './values.ts'

/** `NAME`, or `NAMESPACE^UNIVERSAL ID^TYPE`. */
const entity = z.string().regex(/^[^|~\\&\p{Cc}]*$/u, 'a name, or NAMESPACE^UNIVERSAL ID^TYPE')

const link = z
  .string()
  .refine(
    (text) => URL.canParse(text.replaceAll(/[{}]/g, '')),
    'a URL in which {studyInstanceUid} or {accessionNumber} may stand',
  )
  .refine(
    (text) =>
      [...text.matchAll(/\{(.*?)\}/g)].every(([, word]) => word === 'studyInstanceUid' || word === 'accessionNumber'),
    'only {studyInstanceUid} and {accessionNumber} are known',
  )

/** What only an HL7 destination has. */
export const hl7Keys = {
  host: z.string().min(1),
  port: port.prefault(2575),
  sendingApplication: entity.default('MCADS'),
  sendingFacility: entity.default(''),
  receivingApplication: entity.default(''),
  receivingFacility: entity.default(''),
  processingId: z.enum(['P', 'T', 'D']).default('P'),
  link: link.optional(),
  notAnalysed: z.enum(['nothing', 'message']).default('nothing'),
}
