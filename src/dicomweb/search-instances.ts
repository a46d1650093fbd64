import { Failure } from '../failure.ts'
import { type JsonDataSet, parseDicomJson, textOf } from './dicom-json.ts'
import { httpFailure } from './http-failure.ts'
import { nameOf, type OriginServer } from './origin-server.ts'
import { sendRequest } from './send-request.ts'

const Tag = { SOPInstanceUID: '00080018', AccessionNumber: '00080050', PatientID: '00100020' } as const

/**
 * SOP Instance UIDs that the server holds of a series, by QIDO-RS, PS3.18 section 10.6.
 * @throws Failure SOP_CLASS_REFUSED where it answers no searches, HTTP_REFUSED, HTTP_UNAUTHORIZED, HTTP_FAILURE, PEER_NOT_UNDERSTOOD and those of `sendRequest`
 */
export async function searchInstances(
  server: OriginServer,
  studyInstanceUid: string,
  seriesInstanceUid: string,
): Promise<ReadonlySet<string>> {
  const found = await search(
    server,
    `studies/${studyInstanceUid}/series/${seriesInstanceUid}/instances?limit=${AT_MOST}`,
  )
  return new Set(found.map((dataSet) => textOf(dataSet, Tag.SOPInstanceUID)).filter((uid) => uid !== undefined))
}

/** To whom the study belongs, as often as the server says; [] when it does not know the study. @throws as above */
export async function identifyStudy(server: OriginServer, studyInstanceUid: string) {
  const query = `StudyInstanceUID=${studyInstanceUid}&includefield=${Tag.PatientID}&includefield=${Tag.AccessionNumber}`
  const found = await search(server, `studies?${query}`)
  return found.map((dataSet) => ({
    patientId: textOf(dataSet, Tag.PatientID)?.trim(),
    accessionNumber: textOf(dataSet, Tag.AccessionNumber)?.trim(),
  }))
}

/** Looks for a study that nobody has: whether the server answers, with no patient in the answer. @throws as above */
export async function probeServer(server: OriginServer): Promise<void> {
  await search(server, 'studies?StudyInstanceUID=2.25.0&limit=1')
}

async function search(server: OriginServer, path: string): Promise<readonly JsonDataSet[]> {
  const answer = await sendRequest(server, { method: 'GET', path, headers: { accept: 'application/dicom+json' } })
  const { status, retryAfter, body } = answer
  // 204: nothing matches, PS3.18 Table 10.6.3-1. For a study or series that they do not know others answer 404.
  if (status === 204 || (status === 404 && path.startsWith('studies/'))) return []
  if (NO_SEARCHES.includes(status))
    throw new Failure('SOP_CLASS_REFUSED', `${nameOf(server)} answers no QIDO-RS searches (HTTP ${status})`)
  if (status !== 200) throw httpFailure(nameOf(server), status, retryAfter)
  return parseDicomJson(body)
}

/** Method Not Allowed, Not Implemented. */
const NO_SEARCHES: readonly number[] = [405, 501]

/** More than a series of ours has. */
const AT_MOST = 1000
