import { z } from 'zod'
import { accessContradictions, aeTitleContradictions } from './access-contradictions.ts'
import { audit, auditContradictions } from './audit-section.ts'
import { dicomwebContradictions } from './dicomweb-destination.ts'
import { modelContradictions, models } from './models-section.ts'
import { quality } from './quality-section.ts'
import { completion, dicom } from './receiver-section.ts'
import { report } from './report-section.ts'
import { results } from './results-section.ts'
import { delivery, destinations } from './sender-section.ts'
import { retention, storage, storageContradictions } from './storage-section.ts'
import { tlsContradictions } from './tls-section.ts'
import { ascii, port, section } from './values.ts'
import { analysis, model } from './worker-section.ts'

/** Every key of the configuration. */
export const schema = z.strictObject({
  node: section({
    name: ascii(64).default('mcads-node'),
    stationName: ascii(16).optional(),
    institutionName: ascii(64).optional(),
  }),
  storage,
  retention,
  dicom,
  destinations,
  completion,
  model,
  models,
  analysis,
  quality,
  report,
  delivery,
  results,
  database: section({ url: z.string().min(1).optional() }),
  redis: section({ url: z.string().min(1).optional() }),
  audit,
  http: section({ host: z.string().default('127.0.0.1'), port: port.prefault(8080) }),
  log: section({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') }),
})

export type Config = z.infer<typeof schema>

/** What each key allows, but not in company of the others. */
export function contradictions(config: Config): string[] {
  const faults: string[] = []
  const names = config.destinations.map((destination) => destination.name)
  for (const twice of new Set(names.filter((each, index) => names.indexOf(each) !== index)))
    faults.push(`destinations: two are named ${twice}`)
  if (config.completion.quiet > config.completion.maximum)
    faults.push('completion.quiet: may not be longer than completion.maximum')
  if (config.delivery.firstRetry > config.delivery.longestRetry)
    faults.push('delivery.firstRetry: may not be longer than delivery.longestRetry')
  faults.push(...tlsContradictions(config.dicom, config.destinations), ...dicomwebContradictions(config.destinations))
  faults.push(...accessContradictions(config.dicom), ...auditContradictions(config.audit))
  faults.push(...modelContradictions(config.models, config.model.id))
  faults.push(...storageContradictions(config.storage, config.retention))
  faults.push(...aeTitleContradictions(config.dicom, config.models.rules))
  return faults
}
