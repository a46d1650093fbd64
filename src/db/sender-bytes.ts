import { sql } from 'kysely'
import type { Db } from './schema.ts'
import { ago } from './time.ts'

/** How many bytes of instances each calling AE title has brought within the last `ms`. */
export async function findBytesBySender(db: Db, ms: number): Promise<Map<string, number>> {
  const senders = await db
    .selectFrom('instance')
    .select(['callingAeTitle', sql<string>`sum(bytes)`.as('bytes')])
    .where('receivedAt', '>', ago(ms))
    .groupBy('callingAeTitle')
    .execute()
  return new Map(senders.map(({ callingAeTitle, bytes }) => [callingAeTitle, Number(bytes)]))
}
