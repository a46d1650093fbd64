import { findInstances } from '../db/instance.ts'
import type { Db } from '../db/schema.ts'
import { findStudy } from '../db/study-view.ts'
import type { InstanceFiles } from '../files/instance-files.ts'
import { parseUid } from '../study/identifiers.ts'

/** Patient ID of a study, from the file of one of its instances. For audit messages only, and only where configured. */
export async function patientIdOf(db: Db, files: InstanceFiles, studyInstanceUid: string): Promise<string | undefined> {
  const study = await findStudy(db, parseUid(studyInstanceUid))
  const [instance] = study ? await findInstances(db, study.id) : []
  return instance && (await files.readHeader(instance.id)).string('PatientID')
}
