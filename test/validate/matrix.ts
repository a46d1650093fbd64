import { createHash } from 'node:crypto'
import type { DataSet } from '../../src/dicom/data-set.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import { Failure } from '../../src/failure.ts'
import { buildNotAnalysed } from '../../src/report/build-not-analysed.ts'
import { buildResults } from '../../src/report/build-results.ts'
import { declinedFor, failedWith } from '../../src/report/not-analysed.ts'
import type { RgbImage } from '../../src/report/page.ts'
import type { ResultInstance } from '../../src/report/result-instance.ts'
import { RESULT_OBJECTS, SC_COMPRESSIONS } from '../../src/study/result-object.ts'
import { CHARACTER_SETS, type EncodedText } from '../report/character-sets.ts'
import { COMPLETE_SOURCE, noFindings, resultInput } from '../report/synthetic-result.ts'

export const OUTCOMES = ['positive', 'negative', 'failed', 'declined'] as const

const chest = { CodeValue: '816094009', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Chest' }
const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, SOPClassUID, Rows, Columns } = COMPLETE_SOURCE

/** Sources by what is special about them. */
export const SOURCES: Readonly<Record<string, DataSet>> = {
  CR: COMPLETE_SOURCE,
  DX: {
    ...COMPLETE_SOURCE,
    SOPClassUID: SopClass.DigitalXRayImageStorageForPresentation,
    Modality: 'DX',
    PresentationIntentType: 'FOR PRESENTATION',
    ImageLaterality: 'U',
    AnatomicRegionSequence: [chest],
    RequestAttributesSequence: [{ RequestedProcedureID: 'RP1', ScheduledProcedureStepID: 'SP1' }],
    ProcedureCodeSequence: [
      { CodeValue: '363679005', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Imaging procedure' },
    ],
  },
  MONOCHROME1: { ...COMPLETE_SOURCE, PhotometricInterpretation: 'MONOCHROME1', PresentationLUTShape: 'INVERSE' },
  'lateral, attributes missing': {
    ...{ StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, SOPClassUID, Rows, Columns },
    Modality: 'CR',
    ViewPosition: 'LL',
    PatientOrientation: ['A', 'F'],
  },
}

/** One source in one character set with one outcome; its objects are in every SR class. */
export type Cell = { readonly outcome: (typeof OUTCOMES)[number]; readonly source: string; readonly set: EncodedText }

export const cells = (sets: readonly EncodedText[] = CHARACTER_SETS): Cell[] =>
  OUTCOMES.flatMap((outcome) =>
    Object.keys(SOURCES).flatMap((source) => sets.map((set): Cell => ({ outcome, source, set }))),
  )

const MORE = [
  'Latin-2',
  'Latin-5, Turkish',
  'Japanese, ISO 2022 IR 87',
  'Chinese, ISO 2022 IR 58',
  'Latin-1 and Cyrillic, ISO 2022',
]
/** Twelve, of every script and every technique of PS3.5; the others are in the long form. */
export const TWELVE_SETS: readonly EncodedText[] = CHARACTER_SETS.filter(({ label }) => !MORE.includes(label))

/** PixelMed's own decoder stops at the escape sequence of ISO 2022 IR 58. */
export const PIXELMED_SETS: readonly EncodedText[] = CHARACTER_SETS.filter(({ terms }) => !terms.includes('IR 58'))

/** The source of a cell as a file; every cell is a study of its own, of a patient of its own. */
export function sourceFile({ outcome, source, set }: Cell): Uint8Array {
  const number = String(
    BigInt(`0x${createHash('sha256').update(`${outcome}/${source}/${set.label}`).digest('hex').slice(0, 24)}`),
  )
  const uid = (kind: number) => `2.25.${kind}${number}`
  return encodeInstance({
    ...SOURCES[source],
    SpecificCharacterSet: set.terms.split('\\'),
    PatientName: set.nameBytes,
    PatientID: `P${number.slice(0, 20)}`,
    StudyDescription: set.textBytes,
    StudyInstanceUID: uid(1),
    SeriesInstanceUID: uid(2),
    SOPInstanceUID: uid(3),
  })
}

/** What is drawn is tested elsewhere: here a page is a few pixels. */
const page: RgbImage = { rows: 4, columns: 4, rgb: Uint8Array.from({ length: 48 }, (_, i) => i * 5) }
const everything = SC_COMPRESSIONS.map((scCompression) => ({
  name: scCompression,
  objects: scCompression === 'none' ? RESULT_OBJECTS : (['sc', 'multi-frame-sc'] as const),
  scCompression,
  notAnalysed: 'page' as const,
}))

/** Everything that a destination may ask for. */
export async function objectsOf(cell: Cell, source = sourceFile(cell)): Promise<ResultInstance[]> {
  const input = resultInput(parseHeader(source))
  if (cell.outcome === 'declined') return buildNotAnalysed(input, declinedFor('VIEW_NOT_FRONTAL'), everything, page)
  if (cell.outcome === 'failed')
    return buildNotAnalysed(input, failedWith(new Failure('PIXELS_UNREADABLE', '')), everything, page)
  const none = { ...input, findings: noFindings, maps: new Map() }
  const heatMaps = new Map([...input.maps.keys()].map((label) => [label, page]))
  const { instances } = await buildResults(cell.outcome === 'positive' ? input : none, everything, {
    summary: page,
    heatMaps: cell.outcome === 'positive' ? heatMaps : new Map(),
  })
  return instances
}
