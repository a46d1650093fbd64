import type { Db } from '../../src/db/schema.ts'
import type { DataSet } from '../../src/dicom/data-set.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import { openInstanceFiles } from '../../src/files/instance-files.ts'
import { parseUid, type Uid } from '../../src/study/identifiers.ts'
import type { Urgency } from '../../src/study/study-state.ts'
import { tinyDx } from './part10.ts'
import { analysedStudy, newResult, newUid } from './rows.ts'

export type Owed = { readonly studyInstanceUid: Uid; readonly sopInstanceUids: readonly string[] }

/**
 * A study analysed, with a result file of each of these SOP classes owed to the destinations, as a worker leaves it; of
 * several classes the others stand in for the first.
 */
export async function oweResults(
  { db, directory }: { db: Db; directory: string },
  destinations: string[],
  sopClassUids: readonly (string | readonly string[])[] = Array(3).fill(SopClass.SecondaryCaptureImageStorage),
  content: DataSet = {},
  urgency: Urgency = 2,
): Promise<Owed> {
  const files = await openInstanceFiles({ directory, minimumFreeBytes: 0, maximumInstanceBytes: 1e9 })
  const [studyInstanceUid, seriesInstanceUid] = [newUid(), newUid()]
  const within = { StudyInstanceUID: studyInstanceUid, SeriesInstanceUID: seriesInstanceUid }
  const make = async (text: string, alternativeOf: Uid | null = null) => {
    const [sopClassUid, sopInstanceUid] = [parseUid(text), newUid()]
    const bytes = encodeInstance(
      tinyDx({ ...within, ...content, SOPClassUID: sopClassUid, SOPInstanceUID: sopInstanceUid }),
    )
    const saved = { ...(await files.saveResult(bytes)), bytes: bytes.length }
    return newResult({ sopClassUid, sopInstanceUid, seriesInstanceUid, alternativeOf, ...saved })
  }
  const results = await Promise.all(
    sopClassUids.map(async (classes) => {
      const [best = '', ...others] = [classes].flat()
      const first = await make(best)
      return [first, ...(await Promise.all(others.map((each) => make(each, first.sopInstanceUid))))]
    }),
  )
  await analysedStudy(db, destinations, results.flat(), urgency, studyInstanceUid)
  return { studyInstanceUid, sopInstanceUids: results.flatMap(([first]) => (first ? [first.sopInstanceUid] : [])) }
}
