import { createHash, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { type NewAnalysis, saveAnalyses } from '../../src/db/analysis.ts'
import type { Taking } from '../../src/db/delivery.ts'
import { type NewInstance, recordInstance } from '../../src/db/instance.ts'
import type { NewResult } from '../../src/db/result.ts'
import type { Db } from '../../src/db/schema.ts'
import { claimStudy, closeQuietStudies, type StudyClaim } from '../../src/db/study.ts'
import { parseAeTitle, parseUid, type Uid } from '../../src/study/identifiers.ts'
import type { Urgency } from '../../src/study/study-state.ts'

export const AT_ONCE = { quietMs: 0, maximumMs: 3_600_000, associationStaleMs: 60_000 }

/** A new UID, derived from a UUID, PS3.5 section B.2. */
export const newUid = (): Uid => parseUid(`2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`)
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

export function newInstance(overrides: Partial<NewInstance> = {}): NewInstance {
  const sopInstanceUid = overrides.sopInstanceUid ?? newUid()
  return {
    id: randomUUID(),
    sopClassUid: parseUid('1.2.840.10008.5.1.4.1.1.1.1'),
    sopInstanceUid,
    studyInstanceUid: newUid(),
    seriesInstanceUid: newUid(),
    transferSyntaxUid: parseUid('1.2.840.10008.1.2.1'),
    callingAeTitle: parseAeTitle('MODALITY'),
    calledAeTitle: parseAeTitle('MCADS'),
    bytes: 8_000_000_000,
    sha256: sha256(sopInstanceUid),
    receivedAt: new Date(),
    ...overrides,
  }
}

export function newAnalysis(overrides: Partial<NewAnalysis> = {}): NewAnalysis {
  return {
    sopInstanceUid: newUid(),
    modelId: 'demo',
    modelVersion: '1.0.0',
    deviceUid: '2.25.1',
    findings: [{ label: 'Pneumothorax', logit: 1.5, output: 0.8, operatingPoint: 0.5, score: 0.8, positive: true }],
    caveats: [],
    quality: [],
    durations: { pixels: 12.5, inference: 310 },
    startedAt: new Date(),
    ...overrides,
  }
}

export function newResult(overrides: Partial<NewResult> = {}): NewResult {
  return {
    sopInstanceUid: newUid(),
    sopClassUid: parseUid('1.2.840.10008.5.1.4.1.1.88.22'),
    seriesInstanceUid: newUid(),
    transferSyntaxUid: parseUid('1.2.840.10008.1.2.1'),
    kind: 'SR',
    label: null,
    file: `${sha256('result')}.dcm`,
    sha256: sha256('result'),
    bytes: 4_096,
    ...overrides,
  }
}

/** A study with one instance, complete and claimed for a minute. */
export async function claimedStudy(db: Db, studyInstanceUid = newUid()): Promise<StudyClaim> {
  const { studyId } = await recordInstance(db, newInstance({ studyInstanceUid }))
  await closeQuietStudies(db, AT_ONCE)
  const claim = await claimStudy(db, studyId, 60_000)
  if (!claim) throw new Error('not due')
  return claim
}

/** Results that go to these destinations. */
export const to = (destinations: readonly string[], urgency: Urgency = 2) => ({ destinations, urgency })

/** What one model made of a study. */
export const saveAnalysis = (
  db: Db,
  study: StudyClaim,
  analysis: NewAnalysis,
  results: readonly NewResult[],
  destinations: readonly string[],
  urgency?: Urgency,
) => saveAnalyses(db, study, [{ analysis, results, maps: [] }], to(destinations, urgency))

/** A study analysed, with these results owed to these destinations. */
export async function analysedStudy(
  db: Db,
  destinations: string[],
  results = [newResult()],
  urgency: Urgency = 2,
  studyInstanceUid = newUid(),
): Promise<StudyClaim> {
  const claim = await claimedStudy(db, studyInstanceUid)
  if (!(await saveAnalysis(db, claim, newAnalysis(), results, destinations, urgency))) throw new Error('not saved')
  return claim
}

/** A destination takes what was claimed, and is not asked whether it keeps it. */
export const takingOf = (claim: { id: string } | undefined, more: Partial<Taking> = {}): Taking => ({
  status: 0,
  resultId: claim?.id ?? '',
  lateMs: 900_000,
  confirmWithinMs: undefined,
  ...more,
})

/** Makes everything in the database so much older. */
export async function letPass(db: Db, ms: number): Promise<void> {
  const older = (column: string) => sql<never>`${sql.ref(column)} - ${ms} * interval '1 millisecond'`
  const study = ['openedAt', 'lastInstanceAt', 'completedAt', 'finishedAt', 'dueAt'] as const
  const delivery = ['dueAt', 'owedAt', 'sentAt', 'askedAt', 'confirmUntil'] as const
  await db
    .updateTable('study')
    .set(Object.fromEntries(study.map((column) => [column, older(column)])))
    .execute()
  await db
    .updateTable('delivery')
    .set(Object.fromEntries(delivery.map((column) => [column, older(column)])))
    .execute()
  await db
    .updateTable('result')
    .set({ createdAt: older('createdAt') })
    .execute()
  await db
    .updateTable('commitmentRequest')
    .set({ requestedAt: older('requestedAt') })
    .execute()
  await db
    .updateTable('destinationSopClass')
    .set({ learnedAt: older('learnedAt') })
    .execute()
  await db
    .updateTable('commitmentReport')
    .set({ dueAt: older('dueAt'), requestedAt: older('requestedAt') })
    .execute()
  await db
    .updateTable('openAssociation')
    .set({ seenAt: older('seenAt') })
    .execute()
}
