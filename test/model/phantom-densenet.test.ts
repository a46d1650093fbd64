import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Model } from '../../src/inference/open-model.ts'
import { parseManifest } from '../../src/model/manifest.ts'
import { drawPhantom } from '../../src/model/phantom.ts'
import { PHANTOM_LABELS } from '../../src/model/phantom-findings.ts'
import { ask, auroc, heatMap, MODEL_FOLDER, openPhantomModel, pointsInto } from '../bench/measure-model.ts'

type Golden = { tolerance: number; cases: { seed: number; drawn: string[]; outputs: number[] }[] }

const read = (name: string) => readFileSync(join(MODEL_FOLDER, name))
const sha256Of = (name: string) => createHash('sha256').update(read(name)).digest('hex')
const readManifest = () => parseManifest(read('manifest.json').toString('utf8'))

describe('the default model', () => {
  let model: Model
  beforeAll(async () => {
    model = await openPhantomModel()
  })
  afterAll(() => model?.[Symbol.asyncDispose]())

  test('is the ONNX file and the classifier its manifest names, by SHA-256', () => {
    const { file, sha256, gradCam } = readManifest()
    expect(sha256Of(file)).toBe(sha256)
    expect(sha256Of(gradCam?.classifier.file ?? '')).toBe(gradCam?.classifier.sha256)
  })

  test('is no larger than 8 MB', () => {
    expect(statSync(join(MODEL_FOLDER, readManifest().file)).size).toBeLessThanOrEqual(8_000_000)
  })

  test('has the 18 labels of the TorchXRayVision family in their order, each with an operating point', () => {
    const { labels } = readManifest()
    expect(labels.map(({ name }) => name)).toEqual([...PHANTOM_LABELS])
    expect(labels.every(({ operatingPoint }) => operatingPoint !== undefined)).toBe(true)
  })

  test('says that it is a demonstration on simulated radiographs', () => {
    expect(readManifest()).toMatchObject({ demonstration: true, intendedUse: expect.stringContaining('Simulated') })
  })

  test('repeats the golden outputs of its phantoms', async () => {
    const { tolerance, cases }: Golden = JSON.parse(
      readFileSync(join(MODEL_FOLDER, readManifest().golden?.file ?? ''), 'utf8'),
    )
    expect(cases.length).toBeGreaterThanOrEqual(2)
    for (const { seed, drawn, outputs } of cases) {
      const phantom = drawPhantom({ seed })
      const answer = await ask(model, phantom)
      expect(phantom.findings.map(({ label }) => label)).toEqual(drawn)
      expect(Math.max(...outputs.map((logit, i) => Math.abs(logit - (answer.outputs[i] ?? Number.NaN))))).toBeLessThan(
        tolerance,
      )
    }
  }, 30_000)

  test('answers MONOCHROME1 as it answers MONOCHROME2', async () => {
    const one = await ask(model, drawPhantom({ seed: 9_000_001, size: 300, photometric: 'MONOCHROME1' }))
    const two = await ask(model, drawPhantom({ seed: 9_000_001, size: 300, photometric: 'MONOCHROME2' }))
    const apart = Array.from(one.outputs, (logit, i) => Math.abs(logit - (two.outputs[i] ?? Number.NaN)))
    expect(Math.max(...apart)).toBeLessThan(1e-3)
  })

  test('gives a mass in an unseen phantom a higher score than the same phantom without it, and points at it', async () => {
    const mass = PHANTOM_LABELS.indexOf('Mass')
    const healthy = await ask(model, drawPhantom({ seed: 9_000_002, findings: [] }))
    const ill = drawPhantom({ seed: 9_000_002, findings: ['Mass'] })
    const answer = await ask(model, ill)
    expect(answer.outputs[mass]).toBeGreaterThan((healthy.outputs[mass] ?? 0) + 2)
    const boxes = ill.findings.flatMap((finding) => finding.boxes)
    expect(pointsInto(heatMap(model, ill, answer, mass), ill, boxes)).toBe(true)
  }, 30_000)
})

describe('the yardstick', () => {
  test('is 1 for a perfect order, 0 for the reverse and 0.5 for ties', () => {
    const cases = (positive: number, negative: number) => [
      { positive: true, score: positive },
      { positive: false, score: negative },
    ]
    expect([auroc(cases(0.9, 0.1)), auroc(cases(0.1, 0.9)), auroc(cases(0.5, 0.5))]).toEqual([1, 0, 0.5])
  })

  test('allows a margin of 10 % of the box, and never counts an empty map', () => {
    const values = new Float32Array(100)
    values[5 * 10 + 5] = 1
    const map = { rows: 10, columns: 10, values, empty: false }
    const [near, far] = [
      { x0: 0, y0: 0, x1: 5, y1: 5 },
      { x0: 0, y0: 0, x1: 4, y1: 4 },
    ]
    expect([
      pointsInto(map, map, [near]),
      pointsInto(map, map, [far]),
      pointsInto({ ...map, empty: true }, map, [near]),
    ]).toEqual([true, false, false])
  })
})
