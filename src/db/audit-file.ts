import type { Db } from './schema.ts'
import { now } from './time.ts'

/** How far a file of the audit trail goes: its messages, and the hash of the last. */
export type AuditFileState = { readonly file: string; readonly messages: number; readonly hash: string }

/** Keeps how far files of the trail go; what is known of one is never taken back. */
export async function recordAuditFiles(db: Db, states: readonly AuditFileState[]): Promise<void> {
  if (states.length === 0) return
  await db
    .insertInto('auditFile')
    .values(states.map(({ file, messages, hash }) => ({ file, messages, hash })))
    .onConflict((conflict) =>
      conflict
        .column('file')
        .doUpdateSet((set) => ({
          messages: set.ref('excluded.messages'),
          hash: set.ref('excluded.hash'),
          seenAt: now(),
        }))
        .whereRef('auditFile.messages', '<', 'excluded.messages'),
    )
    .execute()
}

export async function findAuditFiles(db: Db): Promise<AuditFileState[]> {
  const rows = await db.selectFrom('auditFile').select(['file', 'messages', 'hash']).orderBy('file').execute()
  return rows.map(({ file, messages, hash }) => ({ file, hash, messages: Number(messages) }))
}
