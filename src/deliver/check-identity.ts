import type { DeliveryClaim } from '../db/delivery.ts'
import type { Header } from '../dicom/header.ts'
import { asFailure, Failure } from '../failure.ts'
import { readFileHeader, withFile } from '../files/instance-file.ts'
import type { InstanceFiles } from '../files/instance-files.ts'
import type { Courier, Identity } from './courier.ts'

const identityOf = (header: Header): Identity => ({
  patientId: header.string('PatientID'),
  accessionNumber: header.string('AccessionNumber'),
})

const ASCII = /^[\x20-\x7e]+$/

/** Nothing contradicts where one says nothing, or where the two may be written in different character sets. */
const contradict = (ours: string | undefined, theirs: string | undefined): boolean =>
  Boolean(ours && theirs && ASCII.test(ours) && ASCII.test(theirs) && ours !== theirs)

/**
 * Whether the study is still, at the destination, the same patient's and of the same order as in the results; a study
 * that the destination does not know, or will not tell of, contradicts nothing. Undefined when all is well.
 * @throws Failure when the destination could not be asked now
 */
export async function checkIdentity(
  { files }: { files: InstanceFiles },
  courier: Courier,
  claims: readonly DeliveryClaim[],
): Promise<Failure | undefined> {
  const [first] = claims
  if (!courier.identify || !first || claims.every(({ released }) => released)) return undefined
  const ours = identityOf(await withFile(files.resultPath(first.file), readFileHeader))
  const theirs = await courier.identify(first.studyInstanceUid).catch((error) => {
    const failure = asFailure(error, 'INTERNAL')
    if (failure.code === 'SOP_CLASS_REFUSED') return []
    throw failure
  })
  const differing = [
    ...(theirs.some(({ patientId }) => contradict(ours.patientId, patientId)) ? ['Patient ID'] : []),
    ...(theirs.some(({ accessionNumber }) => contradict(ours.accessionNumber, accessionNumber))
      ? ['Accession Number']
      : []),
  ]
  if (differing.length === 0) return undefined
  return new Failure('IDENTITY_MISMATCH', `at the destination the study has another ${differing.join(' and another ')}`)
}
