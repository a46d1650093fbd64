import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import type { Urgency } from '../../src/study/study-state.ts'
import { breakableWire } from '../support/breakable-wire.ts'
import { startTestNode } from '../support/node.ts'
import { oweResults } from '../support/owed-results.ts'
import { recordedLog } from '../support/recorded-log.ts'
import { until } from '../support/recording-scp.ts'
import { letPass } from '../support/rows.ts'
import { scriptedPacs } from '../support/scripted-pacs.ts'

const STUDIES = 200
const HOUR_MS = 3_600_000
/** Two associations at once: so far may two neighbours change places. */
const NEIGHBOURS = 3

test('a PACS that is down for an hour has all of 200 studies afterwards, in clinical order, none twice, all confirmed and marked late', async () => {
  const pacs = await scriptedPacs({ reports: 'same' })
  const wire = await breakableWire(() => connect(pacs.port, '127.0.0.1'))
  await wire.cut()
  const log = recordedLog()
  const node = await startTestNode({
    roles: ['sender'],
    destinations: [{ name: 'pacs', aeTitle: 'PACS', port: wire.port, confirm: 'auto' }],
    overrides: log.overrides,
  })
  const made: { uid: string; urgency: Urgency }[] = []
  for (let count = 0; count < STUDIES; count++) {
    const urgency: Urgency = count % 10 === 3 ? 0 : count % 3 === 0 ? 1 : 2
    const owed = await oweResults(node, ['pacs'], [SopClass.SecondaryCaptureImageStorage], {}, urgency)
    made.push(...owed.sopInstanceUids.map((uid) => ({ uid, urgency })))
  }
  await until(() => log.saying('destination down: nothing is sent until it shows signs of life').length > 0, 20_000)
  const tried = async () => (await node.db.selectFrom('delivery').select('attempts').execute()).map((d) => d.attempts)
  const attempts = (await tried()).reduce((sum, each) => sum + each, 0)
  // It is asked by itself, and not with each of the 200.
  expect(attempts).toBeLessThan(20)
  await letPass(node.db, HOUR_MS)
  await wire.mend()
  const deliveries = () => node.db.selectFrom('delivery').selectAll().execute()
  await until(async () => (await deliveries()).every(({ state }) => state === 'confirmed'), 120_000)

  expect([...pacs.offered].sort()).toEqual(made.map(({ uid }) => uid).sort())
  const clinical = [0, 1, 2].flatMap((urgency) => made.filter((each) => each.urgency === urgency))
  const places = clinical.map(({ uid }, place) => Math.abs(pacs.offered.indexOf(uid) - place))
  expect(Math.max(...places)).toBeLessThanOrEqual(NEIGHBOURS)
  expect((await deliveries()).every(({ late, confirmedBy }) => late && confirmedBy === 'storage commitment')).toBe(true)
  expect(log.saying('destination up again')).toHaveLength(1)
}, 180_000)

test('a destination gets no more studies in a minute than it is to get', async () => {
  const pacs = await scriptedPacs({ reports: 'same' })
  const node = await startTestNode({
    roles: ['sender'],
    destinations: [{ name: 'pacs', aeTitle: 'PACS', port: pacs.port, perMinute: 60 }],
  })
  for (let count = 0; count < 6; count++) await oweResults(node, ['pacs'], [SopClass.SecondaryCaptureImageStorage])
  await until(() => pacs.offered.length === 2, 20_000)
  const startedAt = performance.now()
  await until(() => pacs.offered.length === 5, 20_000)
  expect(performance.now() - startedAt).toBeGreaterThan(2800)
}, 60_000)
