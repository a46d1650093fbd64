import type { Db } from '../../src/db/schema.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import { openInstanceFiles } from '../../src/files/instance-files.ts'
import { parseUid, type Uid } from '../../src/study/identifiers.ts'
import { tinyDx } from './part10.ts'
import { analysedStudy, newResult, newUid } from './rows.ts'

export type Owed = { readonly studyInstanceUid: Uid; readonly sopInstanceUids: readonly string[] }

/** A study analysed, with a result file of each of these SOP classes owed to the destinations, as a worker leaves it. */
export async function oweResults(
  { db, directory }: { db: Db; directory: string },
  destinations: string[],
  sopClassUids: readonly string[] = Array(3).fill(SopClass.SecondaryCaptureImageStorage),
): Promise<Owed> {
  const files = await openInstanceFiles({ directory, minimumFreeBytes: 0, maximumInstanceBytes: 1e9 })
  const results = await Promise.all(
    sopClassUids.map(async (text) => {
      const [sopClassUid, sopInstanceUid] = [parseUid(text), newUid()]
      const bytes = encodeInstance(tinyDx({ SOPClassUID: sopClassUid, SOPInstanceUID: sopInstanceUid }))
      return newResult({ sopClassUid, sopInstanceUid, ...(await files.saveResult(bytes)), bytes: bytes.length })
    }),
  )
  const { studyInstanceUid } = await analysedStudy(db, destinations, results)
  return { studyInstanceUid, sopInstanceUids: results.map(({ sopInstanceUid }) => sopInstanceUid) }
}
