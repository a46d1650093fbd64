import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { analyseStudy } from '../../src/analyse/analyse-study.ts'
import type { ReadyModel } from '../../src/analyse/ready-model.ts'
import { findStudiesDue } from '../../src/db/study.ts'
import { type StudyView, showStudy } from '../../src/db/study-view.ts'
import { Failure, type FailureCode } from '../../src/failure.ts'
import { openInstanceFiles } from '../../src/files/instance-files.ts'
import { openDecoder } from '../../src/inference/open-decoder.ts'
import { openPainter } from '../../src/inference/open-painter.ts'
import { Resources } from '../../src/lifecycle.ts'
import { openQueue } from '../../src/queue/queue.ts'
import { readableSr } from '../../src/report/sr-text.ts'
import { modelRules } from '../../src/roles/model-settings.ts'
import { nodeIdentity } from '../../src/roles/node-identity.ts'
import { openModels } from '../../src/roles/ready-models.ts'
import { routingOf } from '../../src/roles/routing.ts'
import { wishesOf } from '../../src/roles/wishes.ts'
import { parseUid } from '../../src/study/identifiers.ts'
import { configFile, mcads } from '../support/mcads.ts'
import { startTestNode, type TestNode, untilStudies } from '../support/node.ts'
import { openPacs } from '../support/pacs.ts'
import { encapsulated, part10, tinyDx } from '../support/part10.ts'
import { instanceFile, push, radiographFile } from '../support/push.ts'
import { recordedLog } from '../support/recorded-log.ts'
import { letPass } from '../support/rows.ts'
import { twoModels } from '../support/two-models.ts'

vi.setConfig({ testTimeout: 180_000 })

const [OWN, OTHER] = ['phantom-densenet', 'third-party-triage']
const STUDY = parseUid('1.2.3')
const JPEG_BASELINE = '1.2.840.10008.1.2.4.50'

const pa = () => radiographFile({ SOPInstanceUID: '1.2.3.42', ViewPosition: 'PA' })
/** Another view, of which nothing can be decoded. */
async function brokenAp(): Promise<string> {
  const { PixelData: _, ...rest } = tinyDx({ BodyPartExamined: 'CHEST', ViewPosition: 'AP', Rows: 256, Columns: 256 })
  const pixels = encapsulated([Buffer.from('no JPEG image at all')])
  return instanceFile(part10(rest, JPEG_BASELINE, (encoded) => Buffer.concat([encoded, pixels])))
}
const blackAp = () =>
  radiographFile({
    ...{ SOPInstanceUID: '1.2.3.43', ViewPosition: 'AP', Rows: 256, Columns: 256 },
    PixelData: new Uint8Array(2 * 256 * 256),
  })

const EACH_ITS_VIEW = [
  { models: [OWN], view: ['PA'] },
  { models: [OTHER], view: ['AP'] },
]
const isSettled = ({ study, deliveries }: StudyView) =>
  study.state === 'analysed' && deliveries.every(({ state }) => state !== 'owed')
const modelsOf = ({ analyses }: StudyView) => analyses.filter(({ current }) => current).map(({ modelId }) => modelId)
/** The pages that say not analysed, and their reports. */
const pagesOf = ({ results }: StudyView) =>
  results.filter(({ analysisId, alternativeOf, kind }) => !analysisId && !alternativeOf && kind !== 'REJECTION')

async function textOf({ directory }: Pick<TestNode, 'directory'>, view: StudyView): Promise<string> {
  const report = pagesOf(view).find(({ kind }) => kind === 'SR')
  return readableSr(await readFile(join(directory, 'results', report?.file ?? '')))
}

/** What `study show` and `study list` print. */
async function shown({ databaseUrl, directory }: TestNode): Promise<string> {
  const config = await configFile({ storage: { directory }, database: { url: databaseUrl } })
  const run = (...args: string[]) => mcads('study', ...args, '--config', config)
  return (await run('show', STUDY)).stdout + (await run('list')).stdout
}

test.each([
  ['fails for good', brokenAp, 'failed', 'PIXELS_UNREADABLE'],
  ['is declined', blackAp, 'declined', 'IMAGE_CONSTANT'],
] as const)(
  'where one model %s the other’s results are delivered, and a page of its own says so',
  async (_, ap, outcome, code) => {
    const pacs = await openPacs()
    const node = await startTestNode({
      destinations: [{ ...pacs.destination, notAnalysed: 'page' }],
      environment: await twoModels(EACH_ITS_VIEW),
    })
    expect(await push(node.dicomPort, await pa(), await ap())).toEqual(['0000H', '0000H'])
    const [view] = await untilStudies(node.db, 1, { done: isSettled })
    if (!view) throw new Error('no study')
    expect(modelsOf(view)).toEqual([OWN])
    expect(view.study).toMatchObject({
      ...{ state: 'analysed', reasonCode: null, attempts: 1 },
      unscored: [{ modelId: OTHER, modelVersion: '2.1', outcome, code, reason: expect.any(String) }],
    })
    const delivered = view.results.filter(({ sopInstanceUid }) => pacs.taken.has(sopInstanceUid))
    expect(delivered.filter(({ analysisId }) => analysisId).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['SR', 'SC']),
    )
    expect(
      pagesOf(view)
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['SC', 'SR'])
    for (const { sopInstanceUid } of pagesOf(view)) expect(pacs.taken.has(sopInstanceUid)).toBe(true)
    const text = await textOf(node, view)
    expect(text).toContain('NOT ANALYSED by Third-party triage 2.1')
    expect(text).toContain('The results of other models do not stand in for it.')
    expect(text).not.toMatch(/There is no AI result for this study|No algorithms succeeded/)
    const told = await shown(node)
    expect(told).toContain(`not scored by ${OTHER} 2.1: ${outcome}, ${code}: `)
    expect(told).toMatch(new RegExp(`^1\\.2\\.3 +analysed .* ${OTHER}: ${code}$`, 'm'))
    const metrics = await (await fetch(`http://127.0.0.1:${node.node.httpPort}/metrics`)).text()
    expect(metrics).toContain(`mcads_models_unscored_total{model="${OTHER}",outcome="${outcome}",reason="${code}"} 1`)
  },
)

test('a model that is not meant for the view is told of in the row alone', async () => {
  const pacs = await openPacs()
  const node = await startTestNode({
    destinations: [{ ...pacs.destination, notAnalysed: 'page' }],
    environment: {
      ...(await twoModels([{ models: [OWN, OTHER] }], { intended: { views: ['AP'] } })),
      MCADS_QUALITY__INTENDED_VIEW: 'decline',
    },
  })
  await push(node.dicomPort, await pa())
  const [view] = await untilStudies(node.db, 1, { done: isSettled })
  if (!view) throw new Error('no study')
  expect(modelsOf(view)).toEqual([OWN])
  expect(view.study.unscored).toMatchObject([{ modelId: OTHER, outcome: 'declined', code: 'VIEW_NOT_INTENDED' }])
  expect(pagesOf(view)).toEqual([])
})

/**
 * A node whose worker is turned by hand: both models see the image, and the other one meets with these failures, one
 * after the other.
 */
async function handWorker(codes: FailureCode[], maximumAttempts: number, ofOwn: FailureCode[] = []) {
  const pacs = await openPacs()
  const log = recordedLog()
  const node = await startTestNode({
    destinations: [{ ...pacs.destination, notAnalysed: 'page' }],
    roles: ['receiver', 'sender'],
    environment: await twoModels([{ models: [OWN, OTHER] }]),
  })
  const { config, db, databaseUrl, directory } = node
  const resources = new Resources()
  onTestFinished(() => resources[Symbol.asyncDispose]())
  const models = new Map(await openModels(config, 1, resources))
  const [own, other] = [models.get(OWN), models.get(OTHER)]
  if (!own || !other) throw new Error('no such model')
  models.set(OWN, failing(own, ofOwn)).set(OTHER, failing(other, codes))
  const files = await openInstanceFiles({ directory, minimumFreeBytes: 0, maximumInstanceBytes: 1e9 })
  const deps = {
    ...{ db, files, models, maximumAttempts, events: log.events, leaseMs: 60_000, policies: config.quality },
    queue: resources.use(await openQueue({ store: { databaseUrl } })),
    decoder: resources.use(openDecoder({ children: 1 })),
    painter: resources.use(openPainter((failure) => expect.fail(failure.message))),
    ...{ rules: modelRules(config), model: other.model, node: nodeIdentity(config), routing: routingOf(config) },
    pathOf: (instanceId: string) => files.pathOf(instanceId),
    ...wishesOf(config),
    characterSets: new Map<string, string>(),
  }
  await push(node.dicomPort, await pa())
  await untilStudies(db, 1, { done: ({ study }) => study.state === 'complete' })
  return {
    ...{ node, pacs, log },
    /** One attempt, and what is known once all of it is delivered. */
    async attempt(): Promise<StudyView> {
      const [due] = await findStudiesDue(db, 1)
      if (!due) throw new Error('not due')
      await analyseStudy(deps, due.id)
      await untilStudies(db, 1, { done: ({ deliveries }) => deliveries.every(({ state }) => state === 'sent') })
      const view = await showStudy(db, STUDY)
      if (!view) throw new Error('no study')
      await letPass(db, 120_000)
      return view
    },
  }
}

const failing = (ready: ReadyModel, codes: FailureCode[]): ReadyModel => ({
  ...ready,
  model: {
    ...ready.model,
    async run(tensor) {
      const code = codes.shift()
      if (code) throw new Failure(code, 'as the test has it')
      return ready.model.run(tensor)
    },
  },
})

test('a model that fails in passing is tried again, while the other’s results are with the destination already', async () => {
  const { pacs, log, attempt } = await handWorker(['CHILD_DIED'], 3)
  const first = await attempt()
  expect(first.study).toMatchObject({ state: 'complete', attempts: 1, reasonCode: 'CHILD_DIED' })
  expect(first.study.unscored).toMatchObject([{ modelId: OTHER, outcome: 'failed', code: 'CHILD_DIED' }])
  expect(modelsOf(first)).toEqual([OWN])
  const offered = [...pacs.offered]
  expect(offered.length).toBeGreaterThanOrEqual(2)
  expect(log.saying('study analysed')).toHaveLength(1)
  const second = await attempt()
  expect(second.study).toMatchObject({ state: 'analysed', reasonCode: null, unscored: [] })
  expect(modelsOf(second).sort()).toEqual([OWN, OTHER])
  // Nothing twice, nothing superseded, no page.
  expect(new Set(pacs.offered).size).toBe(pacs.offered.length)
  expect(pacs.offered.slice(0, offered.length)).toEqual(offered)
  expect(second.results.filter(({ supersededAt }) => supersededAt)).toEqual([])
  expect(pagesOf(second)).toEqual([])
  expect(log.saying('study analysed')).toHaveLength(2)
})

test('a model that fails so often is given up: the study is analysed, and a page tells of that model', async () => {
  const { node, attempt, log } = await handWorker(['CHILD_DIED', 'CHILD_TIMED_OUT'], 2)
  expect((await attempt()).study.state).toBe('complete')
  const last = await attempt()
  expect(last.study).toMatchObject({ state: 'analysed', attempts: 2 })
  expect(last.study.unscored).toMatchObject([{ modelId: OTHER, outcome: 'failed', code: 'CHILD_TIMED_OUT' }])
  expect(modelsOf(last)).toEqual([OWN])
  expect(await textOf(node, last)).toContain('NOT ANALYSED by Third-party triage 2.1')
  expect(log.saying('analysis failed').map(({ then }) => then)).toEqual(['retried', 'given-up'])
  expect(log.saying('one of several models did not score the study')).toHaveLength(1)
  await expect(attempt()).rejects.toThrow('not due')
})

test('a model that fails keeps the results that it had of the study; once it scores again they are superseded with the page', async () => {
  const codes: FailureCode[] = []
  const { node, attempt } = await handWorker(codes, 1)
  const first = await attempt()
  expect(modelsOf(first).sort()).toEqual([OWN, OTHER])
  codes.push('CHILD_DIED')
  const config = await configFile({ storage: { directory: node.directory }, database: { url: node.databaseUrl } })
  await mcads('study', 'retry', STUDY, '--config', config)
  const second = await attempt()
  expect(modelsOf(second).sort()).toEqual([OWN, OTHER])
  expect(second.results.filter(({ supersededAt }) => supersededAt)).toEqual([])
  expect(pagesOf(second)).toHaveLength(2)
  await mcads('study', 'retry', STUDY, '--config', config)
  const third = await attempt()
  expect(third.study.unscored).toEqual([])
  expect(third.results.filter(({ supersededAt, alternativeOf }) => supersededAt && !alternativeOf)).toHaveLength(2)
  for (const { supersededAt } of pagesOf(third)) expect(supersededAt).not.toBeNull()
})

test('one that scored in an earlier attempt has its results, though it fails when the other is tried again', async () => {
  const ofOwn: FailureCode[] = []
  const { node, pacs, attempt, log } = await handWorker(['CHILD_DIED', 'CHILD_DIED', 'CHILD_DIED'], 3, ofOwn)
  expect(modelsOf(await attempt())).toEqual([OWN])
  const offered = [...pacs.offered]
  ofOwn.push('CHILD_DIED', 'CHILD_DIED')
  const second = await attempt()
  expect(second.study).toMatchObject({ state: 'complete', attempts: 2, unscored: [{ modelId: OTHER }] })
  const third = await attempt()
  expect(third.study).toMatchObject({ state: 'analysed', unscored: [{ modelId: OTHER, outcome: 'failed' }] })
  expect(modelsOf(third)).toEqual([OWN])
  expect(third.results.filter(({ supersededAt }) => supersededAt)).toEqual([])
  expect(await textOf(node, third)).toContain('NOT ANALYSED by Third-party triage 2.1')
  expect(pacs.offered.slice(offered.length).sort()).toEqual(
    pagesOf(third)
      .map(({ sopInstanceUid }) => String(sopInstanceUid))
      .sort(),
  )
  expect(log.saying('study analysed')).toHaveLength(1)
})

test('where every further attempt is cut short, what was saved before is the study’s analysis', async () => {
  const { node, attempt } = await handWorker(['CHILD_DIED'], 3)
  await attempt()
  await node.db.updateTable('study').set({ attempts: 3 }).execute()
  const last = await attempt()
  expect(last.study).toMatchObject({
    state: 'analysed',
    unscored: [{ modelId: OTHER, outcome: 'failed', code: 'ATTEMPTS_EXHAUSTED' }],
  })
  expect(modelsOf(last)).toEqual([OWN])
  expect(await textOf(node, last)).toContain('Reason code ATTEMPTS_EXHAUSTED')
})

test('a page of a model that is tried again stays until it scores, and is not sent twice', async () => {
  const codes: FailureCode[] = ['CHILD_DIED', 'CHILD_DIED']
  const { node, pacs, attempt } = await handWorker(codes, 2)
  await attempt()
  const results = ({ results }: StudyView) => results.map(({ id, supersededAt }) => [id, supersededAt])
  const page = await attempt()
  const offered = [...pacs.offered]
  codes.push('CHILD_DIED', 'CHILD_DIED')
  const config = await configFile({ storage: { directory: node.directory }, database: { url: node.databaseUrl } })
  await mcads('study', 'retry', STUDY, '--config', config)
  for (const state of ['complete', 'analysed']) {
    const again = await attempt()
    expect(again.study.state).toBe(state)
    expect(results(again)).toEqual(results(page))
  }
  expect(pacs.offered).toEqual(offered)
})

test('a study of which every model fails is tried as a whole, and fails', async () => {
  const codes: FailureCode[] = ['CHILD_DIED', 'CHILD_DIED']
  const { node, attempt } = await handWorker([...codes], 2, [...codes])
  expect((await attempt()).study).toMatchObject({ state: 'complete', reasonCode: 'CHILD_DIED', unscored: [] })
  const last = await attempt()
  expect(last.study).toMatchObject({ state: 'failed', reasonCode: 'CHILD_DIED', attempts: 2, unscored: [] })
  expect(last.analyses).toEqual([])
  expect(await textOf(node, last)).toContain('There is no AI result for this study.')
})
