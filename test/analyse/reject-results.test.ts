import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { rejectResults } from '../../src/analyse/reject-results.ts'
import { showStudy } from '../../src/db/study-view.ts'
import { openInstanceFiles } from '../../src/files/instance-files.ts'
import { openEvents } from '../../src/observe/events.ts'
import { openLogger } from '../../src/observe/logger.ts'
import { openMetrics } from '../../src/observe/metrics.ts'
import { COMPLETE_SOURCE, resultInput, sourceOf } from '../report/synthetic-result.ts'
import { testDatabase } from '../support/database.ts'
import { temporaryFolder } from '../support/needs.ts'
import { analysedStudy, newResult } from '../support/rows.ts'

test('a message that nothing takes the place of is taken back: its observations deleted, and one that says why', async () => {
  const { db } = await testDatabase()
  const files = await openInstanceFiles({
    directory: await temporaryFolder(),
    minimumFreeBytes: 0,
    maximumInstanceBytes: 1e9,
  })
  const message = 'MSH|^~\\&|MCADS||||20260101||ORU^R01|1|P|2.5.1\rOBR|1\rOBX|1|NM|A||0.9|||||P\r'
  const saved = await files.saveResult(Buffer.from(message), 'hl7')
  const study = await analysedStudy(db, ['his'], [newResult({ kind: 'ORU', ...saved })])
  await db.updateTable('delivery').set({ state: 'sent', sentAt: new Date(), dueAt: null }).execute()
  await db.updateTable('result').set({ supersededAt: new Date() }).execute()
  const events = openEvents(openLogger('fatal'), openMetrics())
  const { node } = resultInput(sourceOf(COMPLETE_SOURCE))
  await rejectResults({ db, files, events, node, superseded: 'reject', supersededReason: 'quality' })
  const view = await showStudy(db, study.studyInstanceUid)
  const withdrawal = view?.results.find(({ kind }) => kind === 'REJECTION')
  const observations = (await readFile(files.resultPath(withdrawal?.file ?? ''), 'utf8'))
    .split('\r')
    .filter((line) => line.startsWith('OBX|'))
  expect(observations.map((line) => [line.split('|')[5], line.split('|')[11]])).toEqual([
    ['0.9', 'D'],
    ['Withdrawn. The study has no current result.', 'C'],
  ])
  expect(view?.deliveries.map(({ state }) => state)).toEqual(['sent', 'owed'])
})
