import { join } from 'node:path'
import { findNextDelivery } from '../../src/db/delivery.ts'
import type { Delivery } from '../../src/db/schema.ts'
import { openBreaker } from '../../src/deliver/breaker.ts'
import { confirmDeliveries } from '../../src/deliver/confirm-deliveries.ts'
import type { Courier } from '../../src/deliver/courier.ts'
import { deliverResult } from '../../src/deliver/deliver-result.ts'
import { type DicomDestination, dicomCourier } from '../../src/deliver/dicom-courier.ts'
import { takeReport } from '../../src/deliver/take-report.ts'
import type { CommitmentReport } from '../../src/dimse/commitment-data-set.ts'
import { openInstanceFiles } from '../../src/files/instance-files.ts'
import type { StudyId } from '../../src/study/identifiers.ts'
import { testDatabase } from './database.ts'
import { temporaryFolder } from './needs.ts'
import { recordedLog } from './recorded-log.ts'
import { recordingScp } from './recording-scp.ts'
import { letPass } from './rows.ts'

const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS

type Options = Partial<Pick<DicomDestination, 'confirm' | 'lingerMs'>> & {
  checksIdentity?: boolean
  timeoutMs?: number
}

/**
 * A sender turned by hand, with time that passes when it is told to: each round offers what is due, then asks for what
 * was taken. Destination `pacs`; its reports are taken at `reportPort`, as a receiver does.
 */
export async function handSender(port: number, { confirm = 'auto', lingerMs = 60, ...options }: Options = {}) {
  const { db } = await testDatabase()
  const directory = join(await temporaryFolder(), 'state')
  const files = await openInstanceFiles({ directory, minimumFreeBytes: 0, maximumInstanceBytes: 1e9 })
  const log = recordedLog()
  const settings = {
    retry: { firstMs: 5000, longestMs: 10 * MINUTE_MS },
    ...{ giveUpMs: 7 * 24 * HOUR_MS, lateMs: 15 * MINUTE_MS, confirmWithinMs: 24 * HOUR_MS },
    ...{ reportWithinMs: 10 * MINUTE_MS, offersAfterLoss: 3 },
  }
  const deps = { db, files, events: log.events, settings }
  const onReport = (report: CommitmentReport) => takeReport(deps, report)
  const { timeoutMs = 2000, checksIdentity = false } = options
  const peer = { host: '127.0.0.1', port, calledAeTitle: 'PACS', callingAeTitle: 'MCADS', timeoutMs }
  const courier = dicomCourier({
    ...{ db, destination: 'pacs', peer, confirm, lingerMs, onReport },
    forgetMs: 24 * HOUR_MS,
  })
  const receiver = await recordingScp({
    admit: async () => undefined,
    commitment: { requested: async () => {}, reported: (_peer, report) => onReport(report) },
  })
  const round = () => turn(deps, courier, checksIdentity)
  const deliveries = () => db.selectFrom('delivery').selectAll().orderBy('id').execute()
  return {
    ...{ db, directory, log, round, deliveries, reportPort: receiver.port },
    answers: () => db.selectFrom('deliveryAnswer').selectAll().orderBy('id').execute(),
    letPass: (ms: number) => letPass(db, ms),
    /** Rounds with time between them until nothing is due any more, at most so many. */
    async untilSettled(most: number, everyMs: number): Promise<Delivery[]> {
      for (let count = 0; count < most; count++) {
        await round()
        const all = await deliveries()
        if (all.every(({ dueAt }) => dueAt === null)) return all
        await letPass(db, everyMs)
      }
      throw new Error('it goes on and on')
    },
  }
}

type Deps = Parameters<typeof deliverResult>[0] & Parameters<typeof confirmDeliveries>[0]

/** One look at what is due, each study once. */
async function turn(deps: Deps, courier: Courier, checksIdentity: boolean): Promise<void> {
  const breaker = openBreaker({
    ...{ openAfter: 1000, retry: deps.settings.retry, probe: async () => {} },
    ...{ opened: () => {}, closed: () => {} },
  })
  const done: StudyId[] = []
  for (let next = await findNextDelivery(deps.db, 'pacs', done); next; ) {
    await deliverResult(deps, { name: 'pacs', courier, breaker, checksIdentity }, next)
    done.push(next)
    next = await findNextDelivery(deps.db, 'pacs', done)
  }
  await confirmDeliveries(deps, 'pacs', courier)
}
