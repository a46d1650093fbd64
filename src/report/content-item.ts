import type { DataSet, Value } from '../dicom/data-set.ts'
import type { CodedConcept } from '../study/finding.ts'
import { Concept } from './concepts.ts'

/** Relationship Type, PS3.3 C.17.3.2.4. */
type Relationship = 'CONTAINS' | 'HAS CONCEPT MOD' | 'HAS OBS CONTEXT' | 'HAS ACQ CONTEXT' | 'SELECTED FROM'

type Children = readonly DataSet[]
/** Text of ours, or a source's bytes in its own character set. */
type Text = string | Uint8Array
export type InstanceReference = {
  readonly sopClassUid: Text
  readonly sopInstanceUid: Text
  /** From 1; of an image with several, where it is not all of them. */
  readonly frame?: number
}
/** With its series, which evidence must tell. */
export type ListedInstance = InstanceReference & { readonly seriesInstanceUid: Text }

/** Code Sequence item, PS3.3 Table 8.8-1. */
export const codeItem = ({ value, scheme, meaning }: CodedConcept): DataSet => ({
  CodeValue: value,
  CodingSchemeDesignator: scheme,
  CodeMeaning: meaning,
})

/** Content Sequence; absent rather than empty, as PS3.3 C.17.3 asks. */
const contentOf = (children: Children): DataSet => (children.length > 0 ? { ContentSequence: children } : {})

export const templateOf = (identifier: string): DataSet => ({
  ContentTemplateSequence: [
    { MappingResource: 'DCMR', MappingResourceUID: '1.2.840.10008.8.1.1', TemplateIdentifier: identifier },
  ],
})

const item = (
  relationship: Relationship,
  valueType: string,
  name: CodedConcept | undefined,
  value: DataSet,
  children: Children = [],
): DataSet => ({
  RelationshipType: relationship,
  ValueType: valueType,
  ...(name && { ConceptNameCodeSequence: [codeItem(name)] }),
  ...value,
  ...contentOf(children),
})

/** A coded value may be an item copied from the source. */
export const codeContent = (r: Relationship, name: CodedConcept, value: DataSet, children?: Children): DataSet =>
  item(r, 'CODE', name, { ConceptCodeSequence: [value] }, children)

export const textContent = (r: Relationship, name: CodedConcept, text: Text): DataSet =>
  item(r, 'TEXT', name, { TextValue: text })

export const uidContent = (r: Relationship, name: CodedConcept, uid: Value): DataSet =>
  item(r, 'UIDREF', name, { UID: uid })

/** `value` is a decimal string. */
export const numberContent = (r: Relationship, name: CodedConcept, value: string, unit: CodedConcept): DataSet =>
  item(r, 'NUM', name, {
    MeasuredValueSequence: [{ MeasurementUnitsCodeSequence: [codeItem(unit)], NumericValue: value }],
  })

export const referencedSop = ({ sopClassUid, sopInstanceUid }: InstanceReference): DataSet => ({
  ReferencedSOPClassUID: sopClassUid,
  ReferencedSOPInstanceUID: sopInstanceUid,
})

export const imageContent = (
  r: Relationship,
  name: CodedConcept | undefined,
  image: InstanceReference,
  children?: Children,
): DataSet => {
  const frame = image.frame === undefined ? {} : { ReferencedFrameNumber: image.frame }
  return item(r, 'IMAGE', name, { ReferencedSOPSequence: [{ ...referencedSop(image), ...frame }] }, children)
}

/** Whatever is no image. */
export const compositeContent = (r: Relationship, reference: InstanceReference): DataSet =>
  item(r, 'COMPOSITE', undefined, { ReferencedSOPSequence: [referencedSop(reference)] })

/** `points`: column, row, column, row …; the first point again at the end. */
export const regionContent = (points: readonly number[], image: InstanceReference): DataSet =>
  item('CONTAINS', 'SCOORD', Concept.ImageRegion, { GraphicType: 'POLYLINE', GraphicData: points }, [
    imageContent('SELECTED FROM', undefined, image),
  ])

export const containerContent = (name: CodedConcept, children: Children, template?: string): DataSet =>
  item(
    'CONTAINS',
    'CONTAINER',
    name,
    { ContinuityOfContent: 'SEPARATE', ...(template && templateOf(template)) },
    children,
  )
