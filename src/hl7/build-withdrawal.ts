import { derivedUid } from '../dicom/derived-uid.ts'
import { controlIdOf, type Oru } from './oru.ts'

/** HL7 table 0123 and 0085: corrected, deleted. */
const CORRECTED = 'C'
const DELETED = 'D'

/** Fields of a segment by number; in MSH the first separator is a field itself. */
function withFields(segment: string, fields: Readonly<Record<number, string>>): string {
  const parts = segment.split('|')
  const shift = parts[0] === 'MSH' ? 1 : 0
  for (const [number, text] of Object.entries(fields)) {
    const at = Number(number) - shift
    while (parts.length <= at) parts.push('')
    parts[at] = text
  }
  return parts.join('|')
}

/**
 * Takes a message of ours back, from its own bytes: the same order, each of its observations deleted, and one that says
 * why. `words` is ASCII without HL7's delimiters.
 */
export function buildWithdrawal(oru: { uid: string; bytes: Uint8Array }, words: string, at: string): Oru {
  const uid = derivedUid('message', 'withdrawal', oru.uid)
  const segments = Buffer.from(oru.bytes)
    .toString('utf8')
    .split('\r')
    .filter((segment) => segment !== '')
  const observations = segments.filter((segment) => segment.startsWith('OBX|'))
  const why = withFields('OBX', {
    ...{ 1: String(observations.length + 1), 2: 'TX', 3: '19005-8^Radiology Imaging study [Impression]^LN' },
    ...{ 5: words, 11: CORRECTED, 14: at },
  })
  const changed = segments.map((segment) => {
    if (segment.startsWith('MSH|')) return withFields(segment, { 7: at, 10: controlIdOf(uid) })
    if (segment.startsWith('OBR|')) return withFields(segment, { 22: at, 25: CORRECTED })
    return segment.startsWith('OBX|') ? withFields(segment, { 11: DELETED }) : segment
  })
  return { uid, bytes: Buffer.from(`${[...changed, why].join('\r')}\r`, 'utf8') }
}
