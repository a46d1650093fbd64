import type { DataSet } from '../dicom/data-set.ts'
import { derivedUid } from '../dicom/derived-uid.ts'
import type { Header } from '../dicom/header.ts'
import { isImageStorage, SopClass } from '../dicom/sop-classes.ts'
import { encodeInstance } from '../dicom/write-instance.ts'
import type { CodedConcept, ModelIdentity } from '../study/finding.ts'
import { Concept } from './concepts.ts'
import {
  codeItem,
  compositeContent,
  imageContent,
  type ListedInstance,
  templateOf,
  textContent,
} from './content-item.ts'
import { generalEquipment } from './equipment.ts'
import { type LocalTime, localTime } from './local-time.ts'
import type { NodeIdentity } from './result-input.ts'
import type { ResultInstance } from './result-instance.ts'
import { patientAndStudy } from './source-attributes.ts'
import { sourceStudy, verbatim } from './source-image.ts'
import { language } from './sr-observation-context.ts'
import { evidence, referencedRequests } from './sr-references.ts'

const SOP_CLASS = SopClass.KeyObjectSelectionDocumentStorage

/** A note about instances of one study: why they are of interest, or that they are rejected. */
export type KeyObjectSelection = {
  /** An image of the study, or a document: patient, study and request are its. */
  readonly source: Header
  /** CID 7010 Key Object Selection Document Title, PS3.16. */
  readonly title: CodedConcept
  readonly references: readonly ListedInstance[]
  /** For people; ASCII. */
  readonly description?: string
  /** SeriesDescription, ASCII, at most 64 characters. */
  readonly seriesDescription: string
  readonly node: NodeIdentity
  readonly model?: ModelIdentity
  readonly at: Date
}

const textOf = (uid: string | Uint8Array) => (typeof uid === 'string' ? uid : new TextDecoder('latin1').decode(uid))

/** The same for the same title, study and instances, whatever their order. */
function selectionUids({ source, title, references, node }: KeyObjectSelection) {
  const instances = references.map(({ sopInstanceUid }) => textOf(sopInstanceUid)).sort()
  const parts = [title.scheme, title.value, sourceStudy(source).studyInstanceUid, node.version, ...instances]
  return { series: derivedUid('series', 'KO', ...parts), instance: derivedUid('instance', SOP_CLASS, ...parts) }
}

/** TID 2010 Key Object Selection, PS3.16. */
const contentTree = ({ title, description, references }: KeyObjectSelection): DataSet => ({
  ValueType: 'CONTAINER',
  ConceptNameCodeSequence: [codeItem(title)],
  ContinuityOfContent: 'SEPARATE',
  ...templateOf('2010'),
  ContentSequence: [
    language(),
    ...(description ? [textContent('CONTAINS', Concept.KeyObjectDescription, description)] : []),
    ...references.map((reference) =>
      isImageStorage(textOf(reference.sopClassUid))
        ? imageContent('CONTAINS', undefined, reference)
        : compositeContent('CONTAINS', reference),
    ),
  ],
})

/** Key Object Document Series, PS3.3 C.17.6.1. */
const series = (selection: KeyObjectSelection, time: LocalTime): DataSet => ({
  Modality: 'KO',
  SeriesInstanceUID: selectionUids(selection).series,
  SeriesNumber: 9903,
  SeriesDate: time.date,
  SeriesTime: time.time,
  SeriesDescription: selection.seriesDescription,
  ReferencedPerformedProcedureStepSequence: null,
})

/**
 * A Key Object Selection Document, PS3.3 A.35.4: of what is of interest, or a rejection note (IHE IOCM).
 * @throws Failure RESULT_INVALID
 */
export function buildKeyObjectSelection(selection: KeyObjectSelection): Omit<ResultInstance, 'wantedBy'> {
  const { source, node, model, references } = selection
  const image = sourceStudy(source)
  const time = localTime(selection.at, source.string('TimezoneOffsetFromUTC'))
  const uids = selectionUids(selection)
  const dataSet: DataSet = {
    ...patientAndStudy(source),
    ...generalEquipment(node, model),
    ...series(selection, time),
    SOPClassUID: SOP_CLASS,
    SOPInstanceUID: uids.instance,
    StudyInstanceUID: verbatim(image.studyInstanceUid),
    InstanceNumber: 1,
    InstanceCreationDate: time.date,
    InstanceCreationTime: time.time,
    ContentDate: time.date,
    ContentTime: time.time,
    ...referencedRequests(source, image),
    ...evidence(image, references),
    ...contentTree(selection),
  }
  return {
    kind: 'KOS',
    sopClassUid: SOP_CLASS,
    sopInstanceUid: uids.instance,
    seriesInstanceUid: uids.series,
    bytes: encodeInstance(dataSet),
  }
}
