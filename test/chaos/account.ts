import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { verifyTrail } from '../../src/audit/verify-trail.ts'
import { openInstanceFiles } from '../../src/files/instance-files.ts'
import { untilStudies } from '../support/node.ts'
import type { Ground } from './ground.ts'
import { dataSetHash, type Modality } from './modality.ts'

export type Account = {
  readonly studies: number
  readonly acknowledged: number
  readonly unanswered: number
  readonly results: number
  readonly sentAgain: number
  readonly auditMessages: number
}

const SETTLE_MS = 600_000

/**
 * Waits until everything is settled, and holds it against what the modalities know: every instance that was acknowledged
 * is there byte for byte, every study is analysed, every result is at the PACS, the same bytes, and nothing else is.
 */
export async function settleAccount(ground: Ground, modalities: readonly Modality[]): Promise<Account> {
  const { directory, archive } = ground
  const studies = modalities.flatMap((each) => each.studies)
  const acknowledged = new Map(modalities.flatMap((each) => [...each.acknowledged]))
  const db = await ground.openDb()
  const views = await untilStudies(db, studies.length, { withinMs: SETTLE_MS })
  expect(views.map(({ study }) => String(study.studyInstanceUid)).sort()).toEqual(studies.sort())
  expect(views.filter(({ study }) => study.state !== 'analysed').map(({ study }) => study)).toEqual([])

  const files = await openInstanceFiles({ directory, minimumFreeBytes: 0, maximumInstanceBytes: 1e9 })
  const held = new Map<string, string>()
  for (const { id, sopInstanceUid } of views.flatMap(({ instances }) => instances))
    held.set(sopInstanceUid, await dataSetHash(await files.pathOf(id)))
  expect([...held].sort()).toEqual([...acknowledged].sort())

  const deliveries = views.flatMap((view) => view.deliveries)
  expect(deliveries.filter(({ state }) => state !== 'sent' && state !== 'withdrawn')).toEqual([])
  const made = new Map<string, { hash: string; sent: boolean }>()
  for (const { id, sopInstanceUid, file } of views.flatMap((view) => view.results)) {
    const states = deliveries.filter(({ resultId }) => resultId === id).map(({ state }) => state)
    // A destination is owed some kinds of results and not others.
    if (states.length === 0) continue
    made.set(sopInstanceUid, { hash: await dataSetHash(files.resultPath(file)), sent: states.includes('sent') })
  }
  const atPacs = await archive.held()
  expect([...made].filter(([uid, { sent }]) => sent && !atPacs.has(uid))).toEqual([])
  expect([...atPacs].filter(([uid, hash]) => made.get(uid)?.hash !== hash)).toEqual([])
  for (const folder of ['arrived', 'quarantine']) expect(await readdir(join(directory, folder))).toEqual([])
  const trail = await verifyTrail(join(directory, 'audit'))
  expect(trail.flatMap(({ faults }) => faults)).toEqual([])
  const receptions = [...(await archive.receptions()).values()]
  return {
    ...{ studies: studies.length, acknowledged: acknowledged.size, results: atPacs.size },
    unanswered: modalities.reduce((sum, each) => sum + each.unanswered, 0),
    sentAgain: receptions.reduce((sum, times) => sum + times - 1, 0),
    auditMessages: trail.reduce((sum, { messages }) => sum + messages, 0),
  }
}
