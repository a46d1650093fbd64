import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CATALOGUE, RESNET_PUBLISHED_THRESHOLDS, undoSigmoid, XRV_LABELS } from '../../src/model/catalogue.ts'
import { importedCard, importedManifest } from '../../src/model/imported-manifest.ts'
import { modelIdentity, parseManifest } from '../../src/model/manifest.ts'
import { PHANTOM_LABELS } from '../../src/model/phantom-findings.ts'
import { findingsOf, sigmoid } from '../../src/model/score.ts'

const CHECKPOINT = { file: 'some.pt', sha256: 'a'.repeat(64), bytes: 100 }
const manifestOf = (id: string) => {
  const entry = CATALOGUE.find((each) => each.id === id)
  if (!entry) throw new RangeError(`no ${id}`)
  return importedManifest(entry, CHECKPOINT, {
    model: 'b'.repeat(64),
    classifier: 'c'.repeat(64),
    saliency: 'd'.repeat(64),
  })
}
const labelsOf = (id: string) => findingsOf(new Float32Array(18), manifestOf(id).labels).map(({ label }) => label)

describe('the catalogue', () => {
  test('knows the eight published models by name', () => {
    expect(CATALOGUE.map(({ id }) => id)).toEqual([
      'densenet121-res224-all',
      'densenet121-res224-nih',
      'densenet121-res224-pc',
      'densenet121-res224-chex',
      'densenet121-res224-rsna',
      'densenet121-res224-mimic_nb',
      'densenet121-res224-mimic_ch',
      'resnet50-res512-all',
    ])
    expect(new Set(CATALOGUE.map(({ file }) => file)).size).toBe(8)
  })

  test("has the family's labels in their order, which is also the default model's", () => {
    expect([...XRV_LABELS]).toEqual([...PHANTOM_LABELS])
    for (const { labels } of CATALOGUE) expect(labels.map(({ name }) => name)).toEqual([...XRV_LABELS])
  })

  test('makes manifests that are valid, each of a device of its own', () => {
    const manifests = CATALOGUE.map(({ id }) => parseManifest(JSON.stringify(manifestOf(id))))
    expect(new Set(manifests.map((each) => modelIdentity(each).deviceUid)).size).toBe(8)
  })

  test('has a code for every label', () => {
    const codes = JSON.parse(readFileSync(new URL('../../config/codes.json', import.meta.url), 'utf8'))
    expect(XRV_LABELS.filter((name) => !Object.hasOwn(codes, name))).toEqual([])
  })
})

describe('a finding is left out', () => {
  test('where the output was not trained: RSNA knows Pneumonia and Lung Opacity only', () => {
    expect(labelsOf('densenet121-res224-rsna')).toEqual(['Pneumonia', 'Lung Opacity'])
    expect(labelsOf('densenet121-res224-nih')).toHaveLength(14)
    expect(labelsOf('resnet50-res512-all')).toHaveLength(16)
  })

  test('where the model is no better than chance: Fracture and Lung Lesion of densenet121-res224-all', () => {
    expect(XRV_LABELS.filter((name) => !labelsOf('densenet121-res224-all').includes(name))).toEqual([
      'Lung Lesion',
      'Fracture',
    ])
    expect(labelsOf('densenet121-res224-pc')).toContain('Fracture')
  })
})

describe("the ResNet's operating points", () => {
  const corrected = CATALOGUE.find(({ family }) => family === 'resnet')?.labels.map((each) => each.operatingPoint) ?? []

  test('are t* = logit(t) of the published t', () => {
    const wanted = [
      ...[0.062835, 0.017789, 0.151809, 0.028944, 0.010047, 0.014101, 0.015231, 0.074552, 0.031263, 0.028998, 0.022537],
      ...[0.042831, 0.02157, 0.008338, undefined, 0.032226, 0.055425, undefined],
    ]
    corrected.forEach((value, i) => {
      const target = wanted[i]
      if (target === undefined) expect(value).toBeUndefined()
      else expect(value).toBeCloseTo(target, 5)
    })
  })

  test('call a logit positive exactly when sigmoid(sigmoid(logit)) reaches the published t, which sigmoid(logit) does not', () => {
    RESNET_PUBLISHED_THRESHOLDS.forEach((published, i) => {
      const point = corrected[i]
      if (published === undefined || point === undefined) return
      expect(sigmoid(point)).toBeCloseTo(published, 12)
      expect(point).toBe(undoSigmoid(published))
      const labels = [{ name: 'any', operatingPoint: point }]
      for (const share of [0.5, 0.9, 0.999, 1.001, 1.1, 2]) {
        const logit = Math.log((point * share) / (1 - point * share))
        expect(findingsOf([logit], labels)[0]?.positive).toBe(sigmoid(sigmoid(logit)) >= published)
        expect(sigmoid(logit) >= published).toBe(false)
      }
    })
  })

  test('are explained in its card', () => {
    const entry = CATALOGUE.find(({ family }) => family === 'resnet')
    expect(entry && importedCard(entry, manifestOf(entry.id))).toContain('t* = ln(t / (1 - t))')
  })
})

test("a card names what is left out and the model's figures with the set they come from", () => {
  const [entry] = CATALOGUE
  const card = entry ? importedCard(entry, manifestOf(entry.id)) : ''
  expect(card).toMatch(/no use for them: Lung Lesion, Fracture\./)
  expect(card).toMatch(/BRAX, 18 424 frontal studies.*\| Cardiomegaly \| \.84 \| \.83 to \.85 \|/s)
  expect(card).toMatch(/Not a medical device/)
})
