import { sql } from 'kysely'
import type { StudyId, Uid } from '../study/identifiers.ts'
import type { Unscored } from '../study/unscored.ts'
import type { Db } from './schema.ts'
import { ago, fromNow, now } from './time.ts'

/** One revision of a study: what an analysis is made of. */
export type StudyRevision = { readonly id: StudyId; readonly revision: number }
/** The right to analyse it, until the lease ends. `attempts` counts this one. */
export type StudyClaim = StudyRevision & { readonly studyInstanceUid: Uid; readonly attempts: number }

export type Quiet = {
  /** No instance for so long, and no association open that brought one. */
  readonly quietMs: number
  /** Complete after so long in any case. */
  readonly maximumMs: number
  /** An association not seen for so long died with its receiver. */
  readonly associationStaleMs: number
}

/** Completes the studies that no longer receive instances; their analysis is due at once. */
export async function closeQuietStudies(db: Db, { quietMs, maximumMs, associationStaleMs }: Quiet) {
  return db
    .with('died', (cte) => cte.deleteFrom('openAssociation').where('seenAt', '<', ago(associationStaleMs)))
    .updateTable('study')
    .set({ state: 'complete', completedAt: now(), dueAt: now(), attempts: 0 })
    .where('state', '=', 'receiving')
    .where((where) =>
      where.or([
        where('openedAt', '<=', ago(maximumMs)),
        where.and([
          where('lastInstanceAt', '<=', ago(quietMs)),
          where.not(
            where.exists(
              where
                .selectFrom('openAssociation')
                .whereRef('openAssociation.studyId', '=', 'study.id')
                .where('seenAt', '>=', ago(associationStaleMs)),
            ),
          ),
        ]),
      ]),
    )
    .returning(['id', 'studyInstanceUid', 'revision', 'attempts'])
    .execute()
}

/** Studies whose analysis may be taken up now, longest due first. */
export async function findStudiesDue(db: Db, limit: number): Promise<StudyClaim[]> {
  return db
    .selectFrom('study')
    .select(['id', 'studyInstanceUid', 'revision', 'attempts'])
    .where('dueAt', '<=', now())
    .orderBy('dueAt')
    .limit(limit)
    .execute()
}

/** Takes the analysis up for `leaseMs`; undefined when it is not due (any more). */
export async function claimStudy(db: Db, id: StudyId, leaseMs: number): Promise<StudyClaim | undefined> {
  return db
    .updateTable('study')
    .set((set) => ({ dueAt: fromNow(leaseMs), attempts: set('attempts', '+', 1) }))
    .where('id', '=', id)
    .where('dueAt', '<=', now())
    .returning(['id', 'studyInstanceUid', 'revision', 'attempts'])
    .executeTakeFirst()
}

export type Claimed = Pick<StudyClaim, 'id' | 'revision' | 'attempts'>

type Change = { dueAt: ReturnType<typeof now>; attempts?: number; reasonCode?: string; reason?: string }

/** Changes a study that is still claimed like this; false when the claim no longer holds. */
async function changeClaimed(db: Db, study: Claimed, change: Change): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('study')
    .set(change)
    .where('id', '=', study.id)
    .where('revision', '=', study.revision)
    .where('attempts', '=', study.attempts)
    .where('state', '=', 'complete')
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Lengthens the lease; false when the claim no longer holds. */
export async function extendStudyLease(db: Db, study: Claimed, leaseMs: number): Promise<boolean> {
  return changeClaimed(db, study, { dueAt: fromNow(leaseMs) })
}

export type Deferral = {
  readonly delayMs: number
  /** Whether this attempt counts as one. */
  readonly counts: boolean
  readonly reasonCode: string
  readonly reason: string
}

/** Tries again after `delayMs`; false when the claim no longer holds. */
export async function deferStudy(
  db: Db,
  study: Claimed,
  { delayMs, counts, reasonCode, reason }: Deferral,
): Promise<boolean> {
  const attempts = counts ? study.attempts : study.attempts - 1
  return changeClaimed(db, study, { dueAt: fromNow(delayMs), attempts, reasonCode, reason })
}

/** Which models did not score it, while others did. */
export async function recordUnscored(db: Db, { id }: StudyRevision, unscored: readonly Unscored[]): Promise<void> {
  const value = JSON.stringify(unscored)
  await db
    .updateTable('study')
    .set({ unscored: value })
    .where('id', '=', id)
    .where(sql<boolean>`unscored <> ${value}::jsonb`)
    .execute()
}

/** We may not analyse it. False when this revision is not complete (any more). */
export async function declineStudy(db: Db, study: StudyRevision, reasonCode: string, reason: string) {
  return finish(db, study, { state: 'declined', reasonCode, reason })
}

/** It cannot be analysed, now or later. False when this revision is not complete (any more). */
export async function failStudy(db: Db, study: StudyRevision, reasonCode: string, reason: string) {
  return finish(db, study, { state: 'failed', reasonCode, reason })
}

/** It was analysed. False when this revision is not complete (any more). */
export async function advanceToAnalysed(db: Db, study: StudyRevision): Promise<boolean> {
  return finish(db, study, { state: 'analysed', reasonCode: null, reason: null })
}

type Outcome =
  | { state: 'analysed'; reasonCode: null; reason: null }
  | { state: 'declined' | 'failed'; reasonCode: string; reason: string }

async function finish(db: Db, { id, revision }: StudyRevision, outcome: Outcome): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('study')
    .set({ ...outcome, finishedAt: now(), dueAt: null })
    .where('id', '=', id)
    .where('revision', '=', revision)
    .where('state', '=', 'complete')
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}
