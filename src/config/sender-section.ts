import { z } from 'zod'
import { NOT_ANALYSED_POLICIES, RESULT_OBJECTS, SC_COMPRESSIONS } from '../study/result-object.ts'
import { STUDY_OUTCOMES } from '../study/routing.ts'
import { dicomwebKeys } from './dicomweb-destination.ts'
import { hl7Keys } from './hl7-destination.ts'
import { destinationTls } from './tls-section.ts'
import { aeTitle, count, duration, name, port, section, yesNo } from './values.ts'

/** Which studies' results go somewhere. */
const rule = z.strictObject({
  callingAeTitles: z.array(aeTitle).optional(),
  calledAeTitles: z.array(aeTitle).optional(),
  outcomes: z.array(z.enum(STUDY_OUTCOMES)).optional(),
  findings: z.array(z.string().min(1)).optional(),
})

/** What every kind of destination has. */
const common = {
  name,
  when: z.union([z.literal('returned'), rule]).optional(),
  /** Studies in a minute at most. */
  perMinute: count.optional(),
  /** Studies at once, each over an association or connection of its own. */
  associations: count.refine((value) => value <= 8, 'at most 8').prefault(2),
}

/** Which objects it gets. */
const asked = {
  objects: z.array(z.enum(RESULT_OBJECTS)).min(1).default(['sr', 'sc']),
  scCompression: z.enum(SC_COMPRESSIONS).default('none'),
  notAnalysed: z.enum(NOT_ANALYSED_POLICIES).default('nothing'),
}

const dicomDestination = z.strictObject({
  ...common,
  type: z.literal('dicom'),
  aeTitle,
  host: z.string().min(1),
  port,
  callingAeTitle: aeTitle.optional(),
  confirm: z.enum(['auto', 'storage commitment', 'query', 'none']).default('auto'),
  checkIdentity: yesNo.default(false),
  ...asked,
  tls: destinationTls,
})

const dicomwebDestination = z.strictObject({
  ...common,
  type: z.literal('dicomweb'),
  ...dicomwebKeys,
  ...asked,
  tls: destinationTls,
})

const hl7Destination = z.strictObject({
  ...common,
  type: z.literal('hl7'),
  ...hl7Keys,
  tls: destinationTls,
})

/** One that does not say what it is, is a DICOM peer. */
const typed = (value: unknown) =>
  typeof value === 'object' && value !== null && !('type' in value) ? { ...value, type: 'dicom' } : value

const destination = z.preprocess(
  typed,
  z.discriminatedUnion('type', [dicomDestination, dicomwebDestination, hl7Destination]),
)

export const destinations = z.array(destination).default([])
export type Destination = z.infer<typeof destination>
export type DicomDestination = Extract<Destination, { type: 'dicom' }>
export type DicomwebDestination = Extract<Destination, { type: 'dicomweb' }>
export type Hl7Destination = Extract<Destination, { type: 'hl7' }>

export const delivery = section({
  timeout: duration.prefault('30s'),
  firstRetry: duration.prefault('5s'),
  longestRetry: duration.prefault('10m'),
  giveUp: duration.prefault('7d'),
  late: duration.prefault('15m'),
  openAfter: count.prefault(3),
  reportWithin: duration.prefault('10m'),
  confirmWithin: duration.prefault('1d'),
  offersAfterLoss: count.prefault(3),
  forget: duration.prefault('1d'),
  returnToSender: rule.optional(),
  urgent: z.array(z.string().min(1)).default(['Pneumothorax']),
})
