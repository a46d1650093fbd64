import type { Config } from '../config/schema.ts'
import type { MessageWish } from '../hl7/build-messages.ts'
import type { ResultWish } from '../study/result-object.ts'

/** What the destinations ask an analysis for: objects of DICOM's, or messages. */
export function wishesOf({ destinations }: Config): { wishes: ResultWish[]; messages: MessageWish[] } {
  const wishes: ResultWish[] = []
  const messages: MessageWish[] = []
  for (const destination of destinations) {
    const { name } = destination
    if (destination.type !== 'hl7') {
      const { objects, scCompression, notAnalysed } = destination
      wishes.push({ name, objects, scCompression, notAnalysed })
      continue
    }
    wishes.push({ name, objects: [], scCompression: 'none', notAnalysed: 'nothing' })
    const { sendingApplication, sendingFacility, receivingApplication, receivingFacility } = destination
    const { processingId, link, notAnalysed } = destination
    const entities = { sendingApplication, sendingFacility, receivingApplication, receivingFacility }
    messages.push({ name, profile: { ...entities, processingId, link }, notAnalysed })
  }
  return { wishes, messages }
}
