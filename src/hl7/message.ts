import { Message } from 'node-hl7-client'
import { HL7_2_5_1 } from 'node-hl7-client/hl7'

/** A component: text, or its subcomponents. Nothing in it is escaped yet. */
type Component = string | readonly string[]
/** A field: text, or its repetitions. */
export type Field = string | readonly (readonly Component[])[]
/** By number; HL7 counts from 1. */
type Fields = Readonly<Record<number, Field>>
export type Segment = readonly [name: string, fields: Fields]

/** An application or facility, HD: `NAME` or `NAMESPACE^UNIVERSAL ID^TYPE`. */
type Entity = string

/** Who speaks to whom: MSH-3 to 6 and MSH-11. */
export type Envelope = {
  readonly sendingApplication: Entity
  readonly sendingFacility: Entity
  readonly receivingApplication: Entity
  readonly receivingFacility: Entity
  /** HL7 table 0103: production, training, debugging. */
  readonly processingId: 'P' | 'T' | 'D'
}

export type MessageHead = {
  readonly type: string
  readonly event: string
  readonly controlId: string
  /** DTM. */
  readonly at: string
}

/** Segments end with CR, frames with FS: a control character in a value would say something else. */
const clean = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ').trim()
const cleanComponent = (component: Component) =>
  typeof component === 'string' ? clean(component) : component.map(clean)
const cleanField = (field: Field) =>
  typeof field === 'string' ? clean(field) : field.map((repetition) => repetition.map(cleanComponent))

/** A message of HL7 version 2.5.1 in UTF-8; the library escapes what needs it. */
export function encodeMessage(head: MessageHead, envelope: Envelope, segments: readonly Segment[]): Buffer {
  const { type, event, controlId, at } = head
  const message = new Message({
    specification: new HL7_2_5_1(),
    messageHeader: {
      ...{ msh_9_1: type, msh_9_2: event, msh_9_3: `${type}_${event}` },
      ...{ msh_10: controlId, msh_11_1: envelope.processingId },
    },
  })
  const { sendingApplication, sendingFacility, receivingApplication, receivingFacility } = envelope
  const entities = [sendingApplication, sendingFacility, receivingApplication, receivingFacility]
  for (const [at, entity] of entities.entries())
    for (const [component, text] of entity.split('^').entries())
      message.set(`MSH.${at + 3}.${component + 1}`, clean(text))
  message.set('MSH.7', at)
  message.set('MSH.18', 'UNICODE UTF-8')
  for (const [name, fields] of segments) {
    const segment = message.addSegment(name)
    for (const [number, field] of Object.entries(fields)) segment.set(Number(number), cleanField(field))
  }
  return Buffer.from(`${message.toString()}\r`, 'utf8')
}
