import { itemsOf, type JsonDataSet, numberOf, parseDicomJson, textOf } from './dicom-json.ts'

/** What a server says of one instance: a status as C-STORE has it (PS3.18 Annex I, PS3.4 Table B.2-1). */
export type StoreAnswer = { readonly status: number; readonly comment: string }

const Tag = {
  ReferencedSOPInstanceUID: '00081155',
  WarningReason: '00081196',
  FailureReason: '00081197',
  FailedSOPSequence: '00081198',
  ReferencedSOPSequence: '00081199',
} as const

/** Processing failure, PS3.18 Table I.2-2: failed, and the server does not say why. */
const UNSAID = 0x0110

const answerOf = (item: JsonDataSet, status: number): [string, StoreAnswer][] => {
  const uid = textOf(item, Tag.ReferencedSOPInstanceUID)
  return uid === undefined ? [] : [[uid, { status: status & 0xffff, comment: '' }]]
}

/**
 * The Store Instances Response Module, PS3.18 Annex I: what became of each SOP Instance UID that it names. Empty for a
 * body without content.
 * @throws Failure PEER_NOT_UNDERSTOOD
 */
export function parseStoreResponse(body: Buffer): ReadonlyMap<string, StoreAnswer> {
  if (body.toString('latin1').trim() === '') return new Map()
  return new Map(
    parseDicomJson(body).flatMap((dataSet) => [
      ...itemsOf(dataSet, Tag.ReferencedSOPSequence).flatMap((item) =>
        answerOf(item, numberOf(item, Tag.WarningReason) ?? 0),
      ),
      ...itemsOf(dataSet, Tag.FailedSOPSequence).flatMap((item) =>
        answerOf(item, numberOf(item, Tag.FailureReason) || UNSAID),
      ),
    ]),
  )
}
