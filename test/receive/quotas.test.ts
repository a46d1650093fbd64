import { expect, test } from 'vitest'
import { recordInstance } from '../../src/db/instance.ts'
import { Failure } from '../../src/failure.ts'
import { openQuotas } from '../../src/receive/quotas.ts'
import { parseAeTitle } from '../../src/study/identifiers.ts'
import { testDatabase } from '../support/database.ts'
import { startTestNode } from '../support/node.ts'
import { dxFile, push } from '../support/push.ts'
import { recordedLog } from '../support/recorded-log.ts'
import { newInstance } from '../support/rows.ts'

const callingAeTitle = parseAeTitle('CR1')
const HOUR = 3_600_000

test('a sender that has brought its quota brings no more, others do; what is older than the time does not count', async () => {
  const { db } = await testDatabase()
  await recordInstance(db, newInstance({ callingAeTitle, bytes: 600 }))
  await recordInstance(db, newInstance({ callingAeTitle, bytes: 5000, receivedAt: new Date(Date.now() - 2 * HOUR) }))
  const quotas = openQuotas(db, { bytes: 1000, per: HOUR })
  await quotas.count()
  expect(quotas.exceededBy('CR1')).toBeUndefined()
  quotas.took('CR1', 400)
  expect(quotas.exceededBy('CR1')).toBeInstanceOf(Failure)
  expect(quotas.exceededBy('CR1')).toMatchObject({ code: 'QUOTA_EXCEEDED', retry: 'transient' })
  expect(quotas.exceededBy('CR2')).toBeUndefined()
  // It was not taken after all.
  await quotas.count()
  expect(quotas.exceededBy('CR1')).toBeUndefined()
})

test('without a quota nobody is refused', async () => {
  const { db } = await testDatabase()
  const quotas = openQuotas(db, undefined)
  quotas.took('CR1', 1e15)
  expect(quotas.exceededBy('CR1')).toBeUndefined()
})

test('over its quota a sender is answered A700H, and its next association rejected for now, with the reason in the log', async () => {
  const log = recordedLog()
  const environment = { MCADS_DICOM__LIMITS__QUOTA: '{ bytes: 1KB, per: 1h }' }
  const { dicomPort } = await startTestNode({ roles: ['receiver'], overrides: log.overrides, environment })
  const PixelData = new Uint8Array(1000)
  const size = { Rows: 25, Columns: 40, PixelData }
  const files = [await dxFile(size), await dxFile({ ...size, SOPInstanceUID: '1.2.3.4.2' })]
  expect(await push(dicomPort, ...files)).toEqual(['0000H', 'A700H'])
  expect(await push(dicomPort, ...files)).toEqual(['ASSOCIATION_REJECTED_TRANSIENT', 'ASSOCIATION_REJECTED_TRANSIENT'])
  expect(log.saying('association rejected')).toMatchObject([
    { words: expect.stringContaining("'TESTER' has brought"), callingAeTitle: 'TESTER' },
  ])
})
