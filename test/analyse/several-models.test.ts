import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { chooseModels, type ModelRule } from '../../src/analyse/choose-models.ts'
import type { Candidate } from '../../src/analyse/select-images.ts'
import { showStudy } from '../../src/db/study-view.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { parseUid } from '../../src/study/identifiers.ts'
import { startTestNode, untilStudies } from '../support/node.ts'
import { part10, tinyDx } from '../support/part10.ts'
import { phantomFile, push } from '../support/push.ts'
import { twoModels } from '../support/two-models.ts'

vi.setConfig({ testTimeout: 120_000 })

function candidate(
  instanceId: string,
  about: { view?: string | null; modality?: string; from?: string; to?: string },
): Candidate {
  const { view = 'PA', modality = 'DX', from = 'MODALITY', to = 'MCADS' } = about
  const header = parseHeader(part10(tinyDx({ ViewPosition: view, Modality: modality })))
  return { instanceId, header, callingAeTitle: from, calledAeTitle: to }
}

const chosen = (rules: ModelRule[], candidates: Candidate[]) =>
  Object.fromEntries(
    [...chooseModels(rules, candidates)].map(([id, own]) => [id, own.map(({ instanceId }) => instanceId)]),
  )

describe('which models see an image', () => {
  test.each<[string, Omit<ModelRule, 'models'>, Parameters<typeof candidate>[1]]>([
    ['calling AE title', { callingAeTitle: ['ICU'] }, { from: 'ICU' }],
    ['called AE title', { calledAeTitle: ['MCADS-ICU'] }, { to: 'MCADS-ICU' }],
    ['modality', { modality: ['CR'] }, { modality: 'CR' }],
    ['view', { view: ['AP'] }, { view: 'AP' }],
    ['view, where none is said', { view: ['unsaid'] }, { view: null }],
  ])('is decided by the %s', (_, conditions, about) => {
    const rules = [{ models: ['special'], ...conditions }, { models: ['usual'] }]
    expect(chosen(rules, [candidate('a', about), candidate('b', {})])).toEqual({ special: ['a'], usual: ['b'] })
  })

  test('is decided by the first rule of which it meets every condition; a rule may name several models', () => {
    const rules = [
      { models: ['one', 'two'], view: ['PA'], modality: ['DX'] },
      { models: ['three'], view: ['PA'] },
    ]
    const images = [candidate('a', {}), candidate('b', { modality: 'CR' }), candidate('c', { view: 'AP' })]
    expect(chosen(rules, images)).toEqual({ one: ['a'], two: ['a'], three: ['b'] })
  })
})

const nodeWithTwo = async (rules: ModelRule[]) => startTestNode({ environment: await twoModels(rules) })

test('two models on one study each leave an analysis, results of their own, and their maps as NumPy files', async () => {
  const { db, dicomPort, directory } = await nodeWithTwo([{ models: ['third-party-triage', 'phantom-densenet'] }])
  const file = await phantomFile()
  const study = parseUid(parseHeader(await readFile(file)).string('StudyInstanceUID') ?? '')
  expect(await push(dicomPort, file)).toEqual(['0000H'])
  await untilStudies(db, 1, { done: ({ study: { state } }) => state === 'analysed', withinMs: 60_000 })
  const view = await showStudy(db, study)
  expect(view?.analyses.map(({ modelId }) => modelId).sort()).toEqual(['phantom-densenet', 'third-party-triage'])
  for (const { id } of view?.analyses ?? []) {
    const own = view?.results.filter(({ analysisId }) => analysisId === id) ?? []
    expect(own.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['SC', 'SR']))
  }
  const positives = view?.analyses.flatMap(({ findings }) => findings.filter(({ positive }) => positive)) ?? []
  expect(view?.heatMaps.filter(({ label }) => label !== null)).toHaveLength(positives.length)
  const mass = view?.heatMaps.find(({ label }) => label === 'Mass')
  expect(mass).toMatchObject({ method: 'grad-cam', empty: false })
  const npy = await readFile(join(directory, 'results', mass?.file ?? ''))
  const header = npy.subarray(10, 128).toString('latin1')
  expect(header).toContain(`'descr': '<f4', 'fortran_order': False, 'shape': (${mass?.rows}, ${mass?.columns})`)
  const values = new Float32Array(Uint8Array.from(npy.subarray(128)).buffer)
  expect(values).toHaveLength((mass?.rows ?? 0) * (mass?.columns ?? 0))
  expect(Math.max(...values)).toBe(1)
})

test('a study whose images no rule gives to a model is declined as NO_MODEL', async () => {
  const { db, dicomPort } = await nodeWithTwo([{ models: ['phantom-densenet'], callingAeTitle: ['SOMEBODY'] }])
  await push(dicomPort, await phantomFile())
  const [view] = await untilStudies(db, 1, {
    done: ({ study: { state } }) => state !== 'receiving' && state !== 'complete',
    withinMs: 60_000,
  })
  expect(view?.study).toMatchObject({ state: 'declined', reasonCode: 'NO_MODEL' })
})
