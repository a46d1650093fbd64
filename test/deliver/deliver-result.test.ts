import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { retryStudy } from '../../src/db/retry-study.ts'
import type { StudyView } from '../../src/db/study-view.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { Failure } from '../../src/failure.ts'
import { breakableWire } from '../support/breakable-wire.ts'
import { configFile, mcads } from '../support/mcads.ts'
import { startTestNode, type TestNode, untilStudies } from '../support/node.ts'
import { oweResults } from '../support/owed-results.ts'
import { openPacs } from '../support/pacs.ts'
import { until } from '../support/recording-scp.ts'
import { analysedStudy } from '../support/rows.ts'

vi.setConfig({ testTimeout: 180_000 })

const LONGER_THAN_RETRIES_MS = 4000

const startSender = (port: number) =>
  startTestNode({ roles: ['sender'], destinations: [{ name: 'pacs', aeTitle: 'PACS', port }] })

const isOwed = ({ deliveries }: StudyView) => deliveries.every(({ state }) => state === 'owed')
const told = (view: StudyView | undefined) =>
  view?.deliveries.map(({ state, status, reasonCode }) => [state, status, reasonCode])

/** What `study show` prints. */
async function shown({ databaseUrl, directory }: TestNode, studyInstanceUid: string): Promise<string> {
  const config = await configFile({ storage: { directory }, database: { url: databaseUrl } })
  const { stdout } = await mcads('study', 'show', studyInstanceUid, '--config', config)
  return stdout
}

test('a destination that answers A700H is offered the result again, until it takes it', async () => {
  const pacs = await openPacs({
    onStore(_, before) {
      if (before === 0) throw new Failure('DISK_FULL', 'no space left')
    },
  })
  const node = await startSender(pacs.port)
  const { sopInstanceUids } = await oweResults(node, ['pacs'], [SopClass.SecondaryCaptureImageStorage])
  const [waiting] = await untilStudies(node.db, 1, {
    done: (view) => isOwed(view) && view.deliveries[0]?.status !== null,
  })
  expect(told(waiting)).toEqual([['owed', 0xa700, 'STATUS_FAILURE']])
  const [view] = await untilStudies(node.db, 1)
  expect(told(view)).toEqual([['sent', 0, null]])
  expect(view?.deliveries[0]?.attempts).toBe(2)
  expect([...pacs.taken.keys()]).toEqual(sopInstanceUids)
})

test('what a destination answers A900H or C000H is refused with that status and not offered again; the others are sent', async () => {
  const codes = ['SOP_CLASS_MISMATCH', 'DATA_SET_UNREADABLE'] as const
  const pacs = await openPacs({
    onStore(_, before) {
      const code = codes[before]
      if (code) throw new Failure(code, 'not to our liking')
    },
  })
  const node = await startSender(pacs.port)
  const { studyInstanceUid } = await oweResults(node, ['pacs'])
  const [view] = await untilStudies(node.db, 1)
  expect(told(view)).toEqual([
    ['refused', 0xa900, 'STATUS_REFUSED'],
    ['refused', 0xc000, 'STATUS_REFUSED'],
    ['sent', 0, null],
  ])
  const text = await shown(node, studyInstanceUid)
  for (const status of ['A900H', 'C000H'])
    expect(text).toMatch(new RegExp(`pacs .* refused +${status} +1 +STATUS_REFUSED: .*${status}`))
  await sleep(LONGER_THAN_RETRIES_MS)
  expect(pacs.offered).toHaveLength(3)
})

test('on a retry of the study what was refused is offered again, and what was sent is not', async () => {
  let strict = true
  const pacs = await openPacs({
    onStore(_, before) {
      if (strict && before !== 1) throw new Failure('DATA_SET_UNREADABLE', 'not to our liking')
    },
  })
  const node = await startSender(pacs.port)
  const { studyInstanceUid, sopInstanceUids } = await oweResults(node, ['pacs'])
  await untilStudies(node.db, 1)
  strict = false
  expect(await retryStudy(node.db, studyInstanceUid)).toMatchObject({ deliveries: 2 })
  const isSent = (view: StudyView) => view.deliveries.every(({ state }) => state === 'sent')
  await untilStudies(node.db, 1, { done: isSent })
  expect([...pacs.taken.keys()].sort()).toEqual([...sopInstanceUids].sort())
  for (const hashes of pacs.taken.values()) expect(hashes).toHaveLength(1)
})

test('a destination that takes SC but not SR gets the SCs; the SR is refused for its SOP class', async () => {
  const pacs = await openPacs({ abstractSyntaxes: [SopClass.SecondaryCaptureImageStorage] })
  const node = await startSender(pacs.port)
  const classes = [SopClass.SecondaryCaptureImageStorage, SopClass.Comprehensive3dSrStorage]
  await oweResults(node, ['pacs'], classes)
  const [view] = await untilStudies(node.db, 1)
  expect(told(view)).toEqual([
    ['sent', 0, null],
    ['refused', null, 'SOP_CLASS_REFUSED'],
  ])
})

test('when the association is lost half-way only what was not answered is sent again, the same bytes', async () => {
  const pacs = await openPacs({
    // The third is stored, and its answer lost.
    onStore: (_, before) => (before === 2 ? wire.cut() : undefined),
  })
  const wire = await breakableWire(() => connect(pacs.port, '127.0.0.1'))
  const node = await startSender(wire.port)
  const { sopInstanceUids } = await oweResults(node, ['pacs'], Array(5).fill(SopClass.SecondaryCaptureImageStorage))
  const half = (view: StudyView) => view.deliveries.filter(({ reasonCode }) => reasonCode !== null).length === 3
  const [view] = await untilStudies(node.db, 1, { done: half })
  expect(view?.deliveries.map(({ state }) => state)).toEqual(['sent', 'sent', 'owed', 'owed', 'owed'])
  await wire.mend()
  await untilStudies(node.db, 1)
  const [first, second, third, fourth, fifth] = sopInstanceUids
  // What was under way when it was lost comes last.
  expect(pacs.offered).toEqual([first, second, third, fourth, fifth, third])
  expect(new Set(pacs.taken.get(third ?? '')).size).toBe(1)
})

test('a destination that is down is tried again and again, and gets everything when it is back', async () => {
  const pacs = await openPacs()
  const wire = await breakableWire(() => connect(pacs.port, '127.0.0.1'))
  await wire.cut()
  const node = await startSender(wire.port)
  const { sopInstanceUids } = await oweResults(node, ['pacs'])
  const triedTwice = (view: StudyView) => isOwed(view) && view.deliveries.every(({ attempts }) => attempts >= 2)
  const [view] = await untilStudies(node.db, 1, { done: triedTwice })
  expect(view?.deliveries.map(({ reasonCode }) => reasonCode)).toEqual(Array(3).fill('PEER_UNREACHABLE'))
  await wire.mend()
  await untilStudies(node.db, 1)
  expect(pacs.offered).toEqual(sopInstanceUids)
})

test('a destination that is not asked any more, by configuration, leaves nothing to be asked', async () => {
  const pacs = await openPacs()
  const destination = { name: 'pacs', aeTitle: 'PACS', port: pacs.port, confirm: 'none' }
  const node = await startTestNode({ roles: ['sender'], destinations: [destination] })
  await oweResults(node, ['pacs'], [SopClass.SecondaryCaptureImageStorage])
  await untilStudies(node.db, 1)
  // Taken while it was still asked.
  await node.db.updateTable('delivery').set({ dueAt: new Date() }).execute()
  const [view] = await untilStudies(node.db, 1, { done: ({ deliveries }) => deliveries[0]?.dueAt === null })
  expect(told(view)).toEqual([['sent', 0, null]])
})

test('what is owed to a destination that is no longer configured stays owed, is shown, and holds up no other', async () => {
  const pacs = await openPacs()
  const node = await startSender(pacs.port)
  const { studyInstanceUid } = await oweResults(node, ['gone'], [SopClass.SecondaryCaptureImageStorage])
  // More than a sweep looks at, all of it due for longer.
  for (let count = 0; count < 210; count++) await analysedStudy(node.db, ['gone'])
  await oweResults(node, ['pacs'])
  await until(() => pacs.taken.size === 3, 30_000)
  const [view] = (await untilStudies(node.db, 1, { done: () => true })).slice(-1)
  expect(told(view)).toEqual([['owed', null, null]])
  expect(await shown(node, studyInstanceUid)).toMatch(/gone +SR +owed +0/)
})
