import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import { basicCredentials } from '../../src/dicomweb/authorization.ts'
import type { OriginServer } from '../../src/dicomweb/origin-server.ts'
import { searchInstances } from '../../src/dicomweb/search-instances.ts'
import { storeByWeb } from '../../src/dicomweb/store-instances.ts'
import { Failure } from '../../src/failure.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { DICOM_WEB, DICOM_WEB_PLUGIN, startOrthanc } from '../support/orthanc.ts'
import { tinyDx } from '../support/part10.ts'
import { instanceFile } from '../support/push.ts'
import { newUid } from '../support/rows.ts'

const study = newUid()
const series = newUid()

async function dx(): Promise<{ path: string; sopInstanceUid: string }> {
  const sopInstanceUid = newUid()
  const change = { SOPInstanceUID: sopInstanceUid, StudyInstanceUID: study, SeriesInstanceUID: series }
  return { path: await instanceFile(encodeInstance(tinyDx(change))), sopInstanceUid }
}

async function store(server: OriginServer, instances: { path: string; sopInstanceUid: string }[], atOnce = 10) {
  const words: string[] = []
  await storeByWeb(server, instances, {
    atOnce,
    onResult: (_, outcome) =>
      void words.push(outcome instanceof Failure ? outcome.code : outcome.status.toString(16).padStart(4, '0')),
  })
  return words
}

describeWith(['Orthanc', DICOM_WEB_PLUGIN], 'Orthanc by DICOMweb', () => {
  test('takes a batch and single instances, finds them again, and takes the same again without a second copy', async () => {
    const orthanc = await startOrthanc(DICOM_WEB)
    const server = { url: new URL(`http://127.0.0.1:${orthanc.httpPort}/dicom-web`), timeoutMs: 10_000 }
    expect(await searchInstances(server, study, series)).toEqual(new Set())
    const instances = [await dx(), await dx(), await dx()]
    expect(await store(server, instances, 2)).toEqual(['0000', '0000', '0000'])
    const uids = instances.map(({ sopInstanceUid }) => sopInstanceUid)
    expect(await searchInstances(server, study, series)).toEqual(new Set(uids))
    expect(await store(server, instances)).toEqual(['0000', '0000', '0000'])
    expect((await orthanc.instances()).map(({ sopInstanceUid }) => sopInstanceUid).sort()).toEqual([...uids].sort())
  })

  test('with a file that is no DICOM among them, takes the others', async () => {
    const orthanc = await startOrthanc(DICOM_WEB)
    const server = { url: new URL(`http://127.0.0.1:${orthanc.httpPort}/dicom-web/`), timeoutMs: 10_000 }
    const [first, second] = [await dx(), await dx()]
    const broken = { path: await instanceFile(Buffer.from('this is not DICOM')), sopInstanceUid: newUid() }
    const words = await store(server, [first, broken, second])
    expect([words[0], words[2]]).toEqual(['0000', '0000'])
    expect(words[1]).not.toBe('0000')
    expect(await searchInstances(server, study, series)).toEqual(new Set([first.sopInstanceUid, second.sopInstanceUid]))
  })

  test('asks for user and password; a wrong one is refused for good', async () => {
    const orthanc = await startOrthanc({
      ...DICOM_WEB,
      AuthenticationEnabled: true,
      RegisteredUsers: { mcads: 'right' },
    })
    const file = join(await temporaryFolder(), 'password')
    await writeFile(file, 'right\n')
    const server = {
      url: new URL(`http://127.0.0.1:${orthanc.httpPort}/dicom-web/`),
      authorization: basicCredentials('mcads', file),
      timeoutMs: 10_000,
    }
    const instance = await dx()
    expect(await store(server, [instance])).toEqual(['0000'])
    await writeFile(file, 'wrong')
    expect(await store(server, [instance])).toEqual(['HTTP_UNAUTHORIZED'])
    expect(new Failure('HTTP_UNAUTHORIZED', '').retry).toBe('permanent')
  })
})
