import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { touchAssociations } from '../../src/db/open-association.ts'
import { listStudies } from '../../src/db/study-view.ts'
import { encodeDataSet } from '../../src/dicom/write-data-set.ts'
import type { InstanceFiles } from '../../src/files/instance-files.ts'
import { startTestNode, type TestNode, untilStudies } from '../support/node.ts'
import { tinyDx } from '../support/part10.ts'
import { dxFile, push } from '../support/push.ts'
import { letPass } from '../support/rows.ts'
import { associated, cStoreRq, LAST, pData, RELEASE_RQ, RELEASED, type ScriptedPeer } from '../support/scripted-peer.ts'

const QUIET_MS = 500
const isComplete = ({ study }: { study: { state: string } }) => study.state === 'complete'
const startReceiver = (maximum = '15m') =>
  startTestNode({ roles: ['receiver'], environment: { MCADS_COMPLETION__MAXIMUM: maximum } })

/** An association on which one instance was asked to be stored; it stays open. */
async function storing(port: number, sopInstanceUid: string): Promise<ScriptedPeer> {
  const peer = await associated(port, { calling: 'TESTER' })
  const dataSet = encodeDataSet(tinyDx({ SOPInstanceUID: sopInstanceUid }))
  return peer.send(cStoreRq({ sopInstance: sopInstanceUid }), pData(1, LAST, dataSet))
}

async function expectStill({ db }: TestNode, state: string): Promise<void> {
  await sleep(4 * QUIET_MS)
  expect((await listStudies(db, { limit: 9 })).map((study) => study.state)).toEqual([state])
}

test('a study is complete when it has been quiet and its association is released', async () => {
  const { dicomPort, db } = await startReceiver()
  await push(dicomPort, await dxFile())
  const [view] = await untilStudies(db, 1, { done: isComplete })
  const { lastInstanceAt, completedAt } = view?.study ?? {}
  expect(Number(completedAt) - Number(lastInstanceAt)).toBeGreaterThanOrEqual(QUIET_MS)
})

test('while the association that brought it is open a study is not complete, however quiet', async () => {
  const node = await startReceiver()
  const peer = await storing(node.dicomPort, '1.2.3.4')
  expect(await peer.status()).toBe(0)
  await expectStill(node, 'receiving')
  expect((await peer.send(RELEASE_RQ).next())?.type).toBe(RELEASED)
  await untilStudies(node.db, 1, { done: isComplete })
})

test('an association that brought nothing of a study does not hold it', async () => {
  const { dicomPort, db } = await startReceiver()
  await associated(dicomPort, { calling: 'TESTER' })
  await push(dicomPort, await dxFile())
  await untilStudies(db, 1, { done: isComplete })
})

test('after completion.maximum it is complete in any case, and what still comes opens the next revision', async () => {
  const { dicomPort, db } = await startReceiver('1s')
  const peer = await storing(dicomPort, '1.2.3.4')
  const [first] = await untilStudies(db, 1, { done: isComplete })
  expect(first?.study.revision).toBe(1)
  expect(await peer.status()).toBe(0)
  const dataSet = encodeDataSet(tinyDx({ SOPInstanceUID: '1.2.3.5' }))
  peer.send(cStoreRq({ sopInstance: '1.2.3.5', messageId: 2 }), pData(1, LAST, dataSet))
  expect(await peer.status()).toBe(0)
  await untilStudies(db, 1, { done: (view) => isComplete(view) && view.study.revision === 2 })
})

test('an association of another receiver holds a study while that receiver lives, and no longer', async () => {
  const node = await startReceiver()
  const { dicomPort, db } = node
  await push(dicomPort, await dxFile())
  const [study] = await listStudies(db, { limit: 1 })
  await touchAssociations(db, study ? [{ associationId: randomUUID(), studyId: study.id }] : [])
  await expectStill(node, 'receiving')
  await letPass(db, 120_000)
  await untilStudies(db, 1, { done: isComplete })
  expect(await db.selectFrom('openAssociation').selectAll().execute()).toEqual([])
})

test('an association that was lost before its last instance was recorded holds no study', async () => {
  let arrive = () => {}
  const held = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const { dicomPort, db } = await startTestNode({
    roles: ['receiver'],
    overrides: ({ files }) => ({ files: holdUp(files, held) }),
  })
  const peer = await storing(dicomPort, '1.2.3.4')
  await sleep(200)
  peer.socket.destroy()
  await sleep(200)
  arrive()
  await untilStudies(db, 1, { done: isComplete })
})

/** The same files, but no instance is durable before `until`. */
function holdUp(files: InstanceFiles, until: Promise<void>): InstanceFiles {
  return {
    ...files,
    openSink(incoming) {
      const sink = files.openSink(incoming)
      const finish = sink.finish.bind(sink)
      sink.finish = () => until.then(finish)
      return sink
    },
  }
}
