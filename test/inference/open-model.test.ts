import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openModel } from '../../src/inference/open-model.ts'
import { gradCamDenseNet } from '../../src/model/grad-cam.ts'
import { findingsOf } from '../../src/model/score.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'

const DIRECTORY = new URL('../../models/phantom-densenet', import.meta.url).pathname

type Json = Record<string, unknown>

/** A copy of the model with a changed manifest. */
async function altered(change: (manifest: Json) => Json): Promise<string> {
  const folder = join(await temporaryFolder(), 'model')
  await cp(DIRECTORY, folder, { recursive: true })
  const manifest: Json = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(change(manifest)))
  return folder
}

const invalid = (message: RegExp) =>
  expect.objectContaining({ name: 'Failure', code: 'MODEL_INVALID', message: expect.stringMatching(message) })

describeWith([join(DIRECTORY, 'manifest.json')], 'a model', () => {
  test('gives a logit for each label and a feature map that its classifier fits', async () => {
    const model = await openModel({ directory: DIRECTORY, children: 1 })
    onTestFinished(() => model[Symbol.asyncDispose]())
    const { size } = model.manifest.input
    const tensor = Float32Array.from({ length: size * size }, (_, i) => 600 * Math.sin(i / 500))
    const { outputs, features } = await model.run(tensor)
    if (!features) throw new RangeError('no features')
    expect(outputs).toHaveLength(model.manifest.labels.length)
    expect(features.data).toHaveLength(features.channels * features.rows * features.columns)
    for (const index of model.manifest.labels.keys()) {
      const weights = model.classifierWeights(index) ?? new Float32Array(0)
      expect(weights).toHaveLength(features.channels)
      expect(gradCamDenseNet(features, weights)).toHaveLength(features.rows * features.columns)
    }
    for (const { score } of findingsOf(outputs, model.manifest.labels)) expect(score).toBeGreaterThanOrEqual(0)
  })

  test('tells nobody: its runtime keeps no identifier of this machine and no events to send', async () => {
    const home = await temporaryFolder()
    vi.stubEnv('HOME', home)
    vi.stubEnv('XDG_CACHE_HOME', undefined)
    onTestFinished(() => void vi.unstubAllEnvs())
    const model = await openModel({ directory: DIRECTORY, children: 1 })
    onTestFinished(() => model[Symbol.asyncDispose]())
    expect(await readdir(home)).toEqual([])
  })

  test("its classifier's weights make its logits of its features, up to each label's bias", async () => {
    const model = await openModel({ directory: DIRECTORY, children: 1 })
    onTestFinished(() => model[Symbol.asyncDispose]())
    const { size } = model.manifest.input
    const biases = await Promise.all(
      [500, 1700].map(async (period) => {
        const tensor = Float32Array.from({ length: size * size }, (_, i) => 600 * Math.sin(i / period))
        const { outputs, features } = await model.run(tensor)
        if (!features) throw new RangeError('no features')
        const area = features.rows * features.columns
        return Array.from(outputs, (logit, label) => {
          const weights = model.classifierWeights(label) ?? []
          const pooled = features.data.reduce((sum, value, at) => {
            return sum + Math.max(0, value) * (weights[Math.floor(at / area)] ?? 0)
          }, 0)
          return logit - pooled / area
        })
      }),
    )
    biases[0]?.forEach((bias, label) => {
      expect(bias).toBeCloseTo(biases[1]?.[label] ?? Number.NaN, 2)
    })
  })

  test('answers the same for the same radiograph, from whichever child', async () => {
    const model = await openModel({ directory: DIRECTORY, children: 2 })
    onTestFinished(() => model[Symbol.asyncDispose]())
    const tensor = new Float32Array(model.manifest.input.size ** 2).fill(-300)
    const [first, second] = await Promise.all([model.run(tensor), model.run(tensor)])
    expect(second?.outputs).toEqual(first?.outputs)
  })

  test('keeps the parent free while it runs', async () => {
    const model = await openModel({ directory: DIRECTORY, children: 1 })
    onTestFinished(() => model[Symbol.asyncDispose]())
    let longest = 0
    let before = performance.now()
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - before)
      before = performance.now()
    }, 5)
    for (let i = 0; i < 5; i++) await model.run(new Float32Array(model.manifest.input.size ** 2))
    clearInterval(timer)
    expect(longest).toBeLessThan(200)
  })

  test('refuses a model of another SHA-256 than its manifest says', async () => {
    const directory = await altered((manifest) => ({ ...manifest, sha256: '0'.repeat(64) }))
    await expect(openModel({ directory, children: 1 })).rejects.toThrow(invalid(/SHA-256/))
  })

  test('refuses a classifier of another SHA-256 than its manifest says', async () => {
    const directory = await altered((manifest) => {
      const gradCam = manifest.gradCam as Json
      return {
        ...manifest,
        gradCam: { ...gradCam, classifier: { ...(gradCam.classifier as Json), sha256: '0'.repeat(64) } },
      }
    })
    await expect(openModel({ directory, children: 1 })).rejects.toThrow(invalid(/SHA-256/))
  })

  test.each<[string, (manifest: Json) => Json, RegExp]>([
    ['an input it does not have', (m) => ({ ...m, input: { ...(m.input as Json), name: 'nothing' } }), /no input/],
    ['an output it does not have', (m) => ({ ...m, outputs: { ...(m.outputs as Json), labels: 'none' } }), /no output/],
    ['another size', (m) => ({ ...m, input: { ...(m.input as Json), size: 37 } }), /does not run/],
    [
      'one label too many',
      (m) => ({ ...m, labels: [...(m.labels as Json[]), { name: 'One too many' }] }),
      /outputs and its manifest/,
    ],
    ['a file that is not there', (m) => ({ ...m, file: 'gone.onnx' }), /gone\.onnx.*ENOENT/],
  ])('refuses a manifest that claims %s', async (_, change, message) => {
    const directory = await altered(change)
    await expect(openModel({ directory, children: 1 })).rejects.toThrow(invalid(message))
  })
})

test('a folder without a model is refused', async () => {
  const directory = await temporaryFolder()
  await expect(openModel({ directory, children: 1 })).rejects.toThrow(invalid(/manifest\.json.*ENOENT/))
})
