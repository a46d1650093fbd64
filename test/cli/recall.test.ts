import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import type { StudyView } from '../../src/db/study-view.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { acknowledge, startMllp } from '../support/hl7.ts'
import { configFile, mcads } from '../support/mcads.ts'
import { temporaryFolder } from '../support/needs.ts'
import { startTestNode, type TestNode, untilStudies } from '../support/node.ts'
import { openPacs } from '../support/pacs.ts'
import { phantomFile, push } from '../support/push.ts'

vi.setConfig({ testTimeout: 180_000 })

const MODEL = 'phantom-densenet'
const OWN_MODELS = new URL('../../models/', import.meta.url).pathname

const versionOf = async (folder: string): Promise<string> =>
  JSON.parse(await readFile(join(folder, MODEL, 'manifest.json'), 'utf8')).version

/** The same model as another version, in a folder of its own. */
async function otherVersion(version: string): Promise<string> {
  const folder = await temporaryFolder()
  await cp(join(OWN_MODELS, MODEL), join(folder, MODEL), { recursive: true })
  const path = join(folder, MODEL, 'manifest.json')
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), version }))
  return folder
}

async function recall({ databaseUrl, directory }: TestNode, more: object, ...args: string[]) {
  const config = await configFile({ database: { url: databaseUrl }, storage: { directory }, ...more })
  const run = await mcads('results', 'recall', '--model', MODEL, ...args, '--json', '--config', config)
  return { ...run, json: run.stdout === '' ? undefined : JSON.parse(run.stdout) }
}

const isSettled = ({ study, deliveries }: StudyView) =>
  study.state === 'analysed' && deliveries.every(({ state }) => state !== 'owed')
const notesOf = ({ results }: StudyView) => results.filter(({ kind }) => kind === 'REJECTION')

test('what a bad model sent is listed, rejected wherever it is held, once, and made anew by another', async () => {
  const pacs = await openPacs()
  const his = await startMllp((message) => acknowledge(message, 'AA'))
  const destinations = [pacs.destination, { name: 'his', type: 'hl7', host: '127.0.0.1', port: his.port }]
  const node = await startTestNode({ destinations })
  await push(node.dicomPort, await phantomFile(1))
  const [before] = await untilStudies(node.db, 1, { done: isSettled })
  const offered = [...pacs.offered]
  const version = await versionOf(OWN_MODELS)

  const none = await recall(node, {}, '--version', '0.0.0')
  expect(none).toMatchObject({ exitCode: 0, json: { held: 0, recallId: null } })
  const past = await recall(node, {}, '--version', version, '--to', '2020-01-01', '--dry-run')
  expect(past.json).toMatchObject({ dryRun: true, held: 0, found: [] })
  const dry = await recall(node, {}, '--version', version, '--dry-run')
  expect(dry.json).toMatchObject({ dryRun: true, studies: 1, held: offered.length + 1, waiting: 0 })
  expect(dry.json.found.map((each: { destination: string }) => each.destination).sort()).toEqual(['his', 'pacs'])
  const inUse = await recall(node, {}, '--version', version, '--reanalyse')
  expect(inUse).toMatchObject({ exitCode: 2 })
  expect((await untilStudies(node.db, 1, { done: () => true })).flatMap(notesOf)).toEqual([])
  await node.node[Symbol.asyncDispose]()

  const directory = await otherVersion('9.9.9')
  const real = await recall(node, { model: { directory } }, '--version', version, '--reanalyse')
  expect(real.json).toMatchObject({ dryRun: false, held: offered.length + 1, reanalysed: 1 })
  const again = await recall(node, { model: { directory } }, '--version', version, '--reanalyse')
  expect(again.json).toMatchObject({ held: 0, recallId: null, results: 0, reanalysed: 0 })

  const environment = {
    MCADS_DATABASE__URL: node.databaseUrl,
    MCADS_STORAGE__DIRECTORY: node.directory,
    MCADS_MODEL__DIRECTORY: directory,
  }
  await startTestNode({ destinations, roles: ['worker', 'sender'], environment })
  const [after] = await untilStudies(node.db, 1, {
    done: (view) => isSettled(view) && notesOf(view).length === 2 && view.analyses.length === 2,
  })
  if (!after || !before) throw new Error('no study')
  const files = notesOf(after).map(({ file }) => join(node.directory, 'results', file))
  const note = parseHeader(await readFile(files.find((file) => file.endsWith('.dcm')) ?? ''))
  expect(note.items('ConceptNameCodeSequence')[0]?.string('CodeValue')).toBe('113037')
  const rejected = note
    .items('CurrentRequestedProcedureEvidenceSequence')
    .flatMap((study) => study.items('ReferencedSeriesSequence'))
    .flatMap((series) => series.items('ReferencedSOPSequence'))
    .map((reference) => reference.string('ReferencedSOPInstanceUID') ?? '')
  expect(rejected.sort()).toEqual([...offered].sort())
  expect(pacs.offered).toContain(note.string('SOPInstanceUID'))

  const withdrawals = his.messages.filter((message) => message.includes('are recalled'))
  expect(withdrawals).toHaveLength(1)
  const observations = withdrawals[0]?.split('\r').filter((line) => line.startsWith('OBX|')) ?? []
  const statuses = observations.map((line) => line.split('|')[11])
  expect(statuses).toEqual([...observations.slice(1).map(() => 'D'), 'C'])
  expect(withdrawals[0]?.split('\r')[0]).not.toBe(his.messages[0]?.split('\r')[0])

  // The other version's results are there, current, and named as what replaces.
  const old = new Set(before.results.map(({ sopInstanceUid }) => sopInstanceUid))
  const fresh = after.results.filter((each) => !old.has(each.sopInstanceUid) && each.kind !== 'REJECTION')
  expect(fresh.every(({ supersededAt, recallId }) => !supersededAt && !recallId)).toBe(true)
  expect(his.messages.at(-1)).toMatch(/9\.9\.9|recalled/)
  const count = pacs.offered.length
  await sleep(3000)
  expect(pacs.offered).toHaveLength(count)
})

test('a time that is none and a title that is none are wrong usage', async () => {
  const config = await configFile({})
  const common = ['results', 'recall', '--model', MODEL, '--version', '1', '--config', config]
  for (const wrong of [
    ['--from', 'yesterday'],
    ['--title', 'none'],
    ['--from', '2026-02-01', '--to', '2026-01-01'],
  ])
    expect(await mcads(...common, ...wrong)).toMatchObject({ exitCode: 2 })
})
