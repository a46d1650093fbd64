import { type Header, parseHeader } from '../dicom/header.ts'

const meaningOf = (item: Header, sequence: string): string | undefined => item.items(sequence)[0]?.text('CodeMeaning')

function numberText(item: Header): string {
  const [measured] = item.items('MeasuredValueSequence')
  const unit = measured?.items('MeasurementUnitsCodeSequence')[0]?.string('CodeValue')
  return `${measured?.string('NumericValue') ?? ''} ${unit ?? ''}`
}

function regionText(item: Header): string {
  const points = item.numbers('GraphicData').length / 2
  return `${item.string('GraphicType') ?? ''} of ${points} points`
}

/** A content item's value by its Value Type, PS3.3 C.17.3.2.1. */
function valueText(item: Header): string {
  switch (item.string('ValueType')) {
    case 'CODE':
      return meaningOf(item, 'ConceptCodeSequence') ?? ''
    case 'TEXT':
      return item.text('TextValue') ?? ''
    case 'UIDREF':
      return item.string('UID') ?? ''
    case 'NUM':
      return numberText(item)
    case 'IMAGE':
      return item.items('ReferencedSOPSequence')[0]?.string('ReferencedSOPInstanceUID') ?? ''
    case 'SCOORD':
      return regionText(item)
    default:
      return ''
  }
}

function lines(item: Header, depth: number): readonly string[] {
  const indent = '  '.repeat(depth)
  const name = meaningOf(item, 'ConceptNameCodeSequence') ?? item.string('RelationshipType')?.toLowerCase() ?? ''
  const value = valueText(item).split(/\r?\n/).join(`\n${indent}  `)
  return [
    value ? `${indent}${name}: ${value}` : `${indent}${name}`,
    ...item.items('ContentSequence').flatMap((child) => lines(child, depth + 1)),
  ]
}

/**
 * The content tree of an SR as indented text, in document order. Says what is in the SR, patient data included.
 * @throws Failure DATA_SET_UNREADABLE
 */
export function readableSr(part10: Uint8Array): string {
  return lines(parseHeader(part10), 0).join('\n')
}
