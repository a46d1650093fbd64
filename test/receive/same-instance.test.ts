import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { showStudy } from '../../src/db/study-view.ts'
import { parseUid } from '../../src/study/identifiers.ts'
import { startTestNode, untilStudies } from '../support/node.ts'
import { dxFile, push } from '../support/push.ts'
import { recordedLog } from '../support/recorded-log.ts'

const STUDY = parseUid('1.2.3')
const isComplete = ({ study }: { study: { state: string } }) => study.state === 'complete'

/** Every file below the folder, its path from there. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

const startReceiver = (log = recordedLog()) => startTestNode({ roles: ['receiver'], overrides: log.overrides })

test('the same instance again is answered 0000H and kept once, in one association or in two', async () => {
  const { dicomPort, db, directory } = await startReceiver()
  const file = await dxFile()
  expect(await push(dicomPort, file, file)).toEqual(['0000H', '0000H'])
  expect(await push(dicomPort, file)).toEqual(['0000H'])
  expect((await showStudy(db, STUDY))?.instances).toHaveLength(1)
  expect(await filesBelow(join(directory, 'instances'))).toHaveLength(1)
  for (const folder of ['incoming', 'arrived', 'quarantine'])
    expect(await filesBelow(join(directory, folder))).toEqual([])
})

test('the same instance again opens no revision of a study that is complete, and does not keep it from its analysis', async () => {
  const { dicomPort, db } = await startReceiver()
  const file = await dxFile()
  await push(dicomPort, file)
  await untilStudies(db, 1, { done: isComplete })
  await push(dicomPort, file)
  expect(await showStudy(db, STUDY)).toMatchObject({ study: { state: 'complete', revision: 1 } })
})

test('another instance of a study that is complete opens its next revision', async () => {
  const { dicomPort, db } = await startReceiver()
  await push(dicomPort, await dxFile())
  await untilStudies(db, 1, { done: isComplete })
  await push(dicomPort, await dxFile({ SOPInstanceUID: '1.2.3.4.2' }))
  const view = await showStudy(db, STUDY)
  expect(view?.study).toMatchObject({ state: 'receiving', revision: 2, completedAt: null })
  expect(view?.instances.map(({ revision }) => revision)).toEqual([1, 2])
})

test('the same SOP Instance UID with other content is answered C000H and put into quarantine; the first is untouched', async () => {
  const log = recordedLog()
  const { dicomPort, db, directory } = await startReceiver(log)
  await push(dicomPort, await dxFile())
  const [kept = ''] = await filesBelow(join(directory, 'instances'))
  const before = await readFile(kept)

  expect(await push(dicomPort, await dxFile({ PatientName: 'OTHER^CONTENT' }))).toEqual(['C000H'])

  expect((await showStudy(db, STUDY))?.instances).toHaveLength(1)
  expect(await filesBelow(join(directory, 'instances'))).toEqual([kept])
  expect(await readFile(kept)).toEqual(before)
  const quarantined = (await filesBelow(join(directory, 'quarantine'))).sort()
  expect(quarantined.map((path) => path.replace(/.*\./, ''))).toEqual(['dcm', 'json'])
  const [copy = '', note = ''] = quarantined
  expect((await readFile(copy)).includes('OTHER^CONTENT')).toBe(true)
  expect(JSON.parse(await readFile(note, 'utf8'))).toMatchObject({
    code: 'CONTENT_CONFLICT',
    callingAeTitle: 'TESTER',
    sopInstanceUid: '1.2.3.4',
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect(log.saying('instance refused')).toMatchObject([{ code: 'CONTENT_CONFLICT', sopInstanceUid: '1.2.3.4' }])
  expect(JSON.stringify(log.lines)).not.toContain('OTHER')
})

test('two associations that bring instances of one study at once lose none', async () => {
  const { dicomPort, db } = await startReceiver()
  const uids = Array.from({ length: 12 }, (_, i) => `1.2.3.4.${i}`)
  const files = await Promise.all(uids.map((uid) => dxFile({ SOPInstanceUID: uid })))
  const answers = await Promise.all([0, 1, 2].map((nth) => push(dicomPort, ...files.slice(nth * 3, nth * 3 + 6))))
  expect(new Set(answers.flat())).toEqual(new Set(['0000H']))
  expect((await showStudy(db, STUDY))?.instances.map(({ sopInstanceUid }) => String(sopInstanceUid)).sort()).toEqual(
    uids.sort(),
  )
})
