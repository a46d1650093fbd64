import type { Db } from './schema.ts'
import { ago, now } from './time.ts'

/** Keeps whether a destination takes instances, or requests, of SOP classes. */
export async function learnSopClasses(
  db: Db,
  destination: string,
  sopClassUids: readonly string[],
  accepted: boolean,
): Promise<void> {
  if (sopClassUids.length === 0) return
  await db
    .insertInto('destinationSopClass')
    .values([...new Set(sopClassUids)].sort().map((sopClassUid) => ({ destination, sopClassUid, accepted })))
    .onConflict((conflict) =>
      conflict.columns(['destination', 'sopClassUid']).doUpdateSet({ accepted, learnedAt: now() }),
    )
    .execute()
}

/** Those that the destination did not take when last asked, unless that is `forgetMs` ago. */
export async function findRefusedSopClasses(db: Db, destination: string, forgetMs: number): Promise<Set<string>> {
  const rows = await db
    .selectFrom('destinationSopClass')
    .where('destination', '=', destination)
    .where('accepted', '=', false)
    .where('learnedAt', '>', ago(forgetMs))
    .select('sopClassUid')
    .execute()
  return new Set(rows.map(({ sopClassUid }) => sopClassUid))
}
