import { derivedUid } from '../dicom/derived-uid.ts'
import type { Cause } from '../report/not-analysed.ts'
import type { ResultOrigin } from '../report/result-input.ts'
import type { ResultInstance } from '../report/result-instance.ts'
import { buildNotAnalysedOru } from './build-not-analysed-oru.ts'
import { buildOru, type OruInput } from './build-oru.ts'
import type { Oru, OruProfile } from './oru.ts'

/** What one receiver asks for. */
export type MessageWish = {
  /** The destination's name. */
  readonly name: string
  readonly profile: OruProfile
  /** What it gets of a study that was not analysed. */
  readonly notAnalysed: 'nothing' | 'message'
}

/** A message is no SOP Instance; derived UIDs, which no DICOM peer knows, stand where a result has those of one. */
const NO_SOP_CLASS = derivedUid('no SOP class', 'HL7 v2 ORU^R01')
const NO_TRANSFER_SYNTAX = derivedUid('no transfer syntax', 'HL7 v2 ER7')

/** A message as a result is kept. */
export const messageResult = ({ uid, bytes }: Oru): Omit<ResultInstance, 'kind' | 'wantedBy'> => ({
  ...{ sopClassUid: NO_SOP_CLASS, transferSyntaxUid: NO_TRANSFER_SYNTAX },
  ...{ sopInstanceUid: uid, seriesInstanceUid: uid, format: 'hl7', bytes },
})

/** The messages of one analysed radiograph: one for all receivers that want the same. */
export const buildMessages = (input: OruInput, wishes: readonly MessageWish[]): ResultInstance[] =>
  together(wishes, (profile) => buildOru(input, profile))

/** The messages that tell of a study that was not analysed, for those who want to know. */
export const buildNotAnalysedMessages = (
  origin: ResultOrigin,
  cause: Cause,
  wishes: readonly MessageWish[],
): ResultInstance[] =>
  together(
    wishes.filter(({ notAnalysed }) => notAnalysed === 'message'),
    (profile) => buildNotAnalysedOru(origin, cause, profile),
  )

function together(wishes: readonly MessageWish[], build: (profile: OruProfile) => Oru): ResultInstance[] {
  const messages = new Map<string, ResultInstance>()
  for (const { name, profile } of wishes) {
    const oru = build(profile)
    const wantedBy = [...(messages.get(oru.uid)?.wantedBy ?? []), name]
    messages.set(oru.uid, { kind: 'ORU', ...messageResult(oru), wantedBy })
  }
  return [...messages.values()]
}
