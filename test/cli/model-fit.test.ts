import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildDemoInstance } from '../../src/cli/demo-study.ts'
import { LEAST_IMAGES } from '../../src/model/distribution.ts'
import { drawPhantom } from '../../src/model/phantom.ts'
import { configFile, mcads } from '../support/mcads.ts'
import { temporaryFolder } from '../support/needs.ts'

const MODELS = new URL('../../models/', import.meta.url).pathname

/** A folder of models of the test's own, without what the model knows of its images. */
async function ownModels(): Promise<{ config: string; directory: string }> {
  const models = await temporaryFolder()
  const directory = join(models, 'phantom-densenet')
  await cp(join(MODELS, 'phantom-densenet'), directory, { recursive: true })
  const { distribution: _, ...manifest } = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'))
  await writeFile(join(directory, 'manifest.json'), JSON.stringify(manifest))
  return { directory, config: await configFile({ model: { directory: models } }) }
}

async function phantomFiles(count: number): Promise<string[]> {
  const folder = await temporaryFolder()
  return Promise.all(
    Array.from({ length: count }, async (_, seed) => {
      const file = join(folder, `${seed}.dcm`)
      await writeFile(file, buildDemoInstance(drawPhantom({ seed, size: 232, view: 'PA' })))
      return file
    }),
  )
}

const outcomeOf = ({ stdout }: { stdout: string }) =>
  JSON.parse(stdout)[0].quality.find(({ check }: { check: string }) => check === 'distribution')

test('model fit-ood teaches a model its images: it then knows one more of them, and leaves out what it would not score', {
  timeout: 180_000,
}, async () => {
  const { config, directory } = await ownModels()
  const [other = '', ...files] = await phantomFiles(LEAST_IMAGES + 1)
  const out = join(await temporaryFolder(), 'out')
  const analysed = () => mcads('--json', 'analyse', other, '--out', out, '--config', config)
  expect(outcomeOf(await analysed())).toEqual({ check: 'distribution', outcome: 'unknown' })

  const hand = join(await temporaryFolder(), 'hand.dcm')
  const bytes = await readFile(other)
  bytes.write('HAND ', bytes.indexOf('CS\x06\x00CHEST') + 4, 'latin1')
  await writeFile(hand, bytes)
  const fitted = await mcads('--json', 'model', 'fit-ood', 'phantom-densenet', ...files, hand, '--config', config)
  expect(fitted).toMatchObject({ exitCode: 0 })
  expect(JSON.parse(fitted.stdout)).toMatchObject({
    fitted: 48,
    heldOut: 12,
    leftOut: { [hand]: 'BODY_PART_NOT_CHEST' },
  })
  const { distribution } = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'))
  expect(distribution.file).toMatch(/^distribution-[0-9a-f]{8}\.json$/)
  expect(outcomeOf(await analysed())).toMatchObject({ measured: expect.any(Number), limit: expect.any(Number) })

  const few = await mcads('model', 'fit-ood', 'phantom-densenet', other, '--config', config)
  expect(few).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/at least 60/) })
  await writeFile(join(directory, distribution.file), '{}\n')
  const altered = await mcads('analyse', other, '--out', out, '--config', config)
  expect(altered).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/MODEL_INVALID: .*another SHA-256/) })
})

test('model fit-ood says what a quantile is', async () => {
  const { exitCode, stderr } = await mcads('model', 'fit-ood', 'phantom-densenet', 'x.dcm', '--quantile', '0.4')
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/--quantile is a number above 0.5/)])
})
