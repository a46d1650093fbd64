import { expect, test } from 'vitest'
import { analyseAudit } from '../../src/audit/analyse-audit.ts'
import { deliverAudit } from '../../src/audit/deliver-audit.ts'
import { nodeAudit } from '../../src/audit/node-audit.ts'
import { receiveAudit } from '../../src/audit/receive-audit.ts'
import { storageAudit } from '../../src/audit/storage-audit.ts'
import { openEvents } from '../../src/observe/events.ts'
import { openLogger } from '../../src/observe/logger.ts'
import { openMetrics } from '../../src/observe/metrics.ts'

/** Events that are for operations alone: nobody did anything to a study, or another event tells of it. */
const NOT_AUDITED = [
  ...['auditNotForwarded', 'auditNotWritten', 'auditUnsent', 'listening', 'sweepFailed', 'storageEnough', 'storageLow'],
  ...[
    'commitmentNotReported',
    'commitmentReported',
    'commitmentRequested',
    'deliveriesSettled',
    'deliveriesStranded',
    'deliveryDeferred',
  ],
  ...['destinationDown', 'destinationUp', 'fileUnreadable', 'imageJudged', 'instanceNotRecovered', 'instanceRecovered'],
  ...['modelUnscored', 'orphansLeft', 'rejectionFailed', 'senderUnknown', 'studyCompleted'],
]

test('every event is told to the audit trail, or named here as one that need not be', () => {
  const us = { pid: 1, name: 'node', aeTitle: 'MCADS', host: 'host' }
  const received = receiveAudit(() => {}, us)
  const record = () => {}
  const made = [analyseAudit(record, us), deliverAudit(record, us, new Map())]
  const rest = [...made, storageAudit(record, us), nodeAudit(record, us)]
  received.close()
  const audited = [received.events, ...rest].flatMap((listeners) => Object.keys(listeners))
  const events = Object.keys(openEvents(openLogger('error', { write: () => {} }), openMetrics()))
  expect(events.filter((name) => !audited.includes(name)).sort()).toEqual([...NOT_AUDITED].sort())
})
