import type { Uid } from '../study/identifiers.ts'
import type { Db } from './schema.ts'
import { ago, now } from './time.ts'

/** No report comes so long after its request. */
const FORGOTTEN_MS = 30 * 86_400_000

/** Keeps the transaction before it is asked for: a report may come before the answer, and to another process. */
export async function openCommitmentRequest(db: Db, transactionUid: Uid, destination: string): Promise<void> {
  await db.deleteFrom('commitmentRequest').where('requestedAt', '<', ago(FORGOTTEN_MS)).execute()
  await db.insertInto('commitmentRequest').values({ transactionUid, destination }).execute()
}

/** A report has come; whom we asked. Undefined when we did not. */
export async function recordReported(db: Db, transactionUid: Uid): Promise<{ destination: string } | undefined> {
  return db
    .updateTable('commitmentRequest')
    .set({ reportedAt: now() })
    .where('transactionUid', '=', transactionUid)
    .returning('destination')
    .executeTakeFirst()
}
