import { describe, expect, test } from 'vitest'
import { calibratedLabels, parseCalibration } from '../../src/model/calibration.ts'
import { modelIdentity, parseManifest } from '../../src/model/manifest.ts'
import type { Activation } from '../../src/model/manifest-schema.ts'
import { findingsOf } from '../../src/model/score.ts'

const SHA256 = 'a'.repeat(64)

const manifestOf = (activation: Activation = 'logits') =>
  parseManifest(
    JSON.stringify({
      ...{ id: 'some-model', name: 'Some', version: '1', manufacturer: 'Somebody', demonstration: false },
      ...{ intendedUse: 'None.', licence: 'MIT', provenance: 'By hand.', file: 'model.onnx', sha256: SHA256 },
      input: { name: 'input', size: 64, profile: 'xrv' },
      outputs: { labels: 'logits', activation },
      explanation: 'occlusion',
      labels: [
        { name: 'Effusion', operatingPoint: 0.2 },
        { name: 'Fracture', operatingPoint: 0.3, defaultOff: true },
        { name: 'Hernia', trained: false },
        { name: 'Normal', trained: true },
      ],
    }),
  )

const calibrationOf = (change: object) =>
  parseCalibration(JSON.stringify({ model: 'some-model', sha256: SHA256, version: '1', ...change }), 'c.json')

const findings = (numbers: number[], change: object, activation: Activation = 'logits') =>
  findingsOf(numbers, calibratedLabels(manifestOf(activation), calibrationOf(change)), activation)

describe("a site's calibration", () => {
  test('without a word on a label leaves it as it is', () => {
    expect(findings([0, 0, 0, 0], {})).toEqual(findingsOf([0, 0, 0, 0], manifestOf().labels))
  })

  test('moves an operating point, and turns labels off and on', () => {
    const labels = { Effusion: { operatingPoint: 0.6 }, Fracture: { on: true } }
    expect(findings([0, 1, 0, 0], { labels })).toMatchObject([
      { label: 'Effusion', output: 0.5, operatingPoint: 0.6, positive: false },
      { label: 'Fracture', operatingPoint: 0.3, positive: true },
    ])
    expect(findings([0, 1, 0, 0], { labels: { Effusion: { on: false } } })).toEqual([])
  })

  test('divides logits by its temperature; alone that moves no finding across its operating point', () => {
    for (const logit of [-4, -1.4, -1.38, 0, 3]) {
      const [plain] = findings([logit, 0, 0, 0], {})
      const [cooled] = findings([logit, 0, 0, 0], { temperature: 2.5 })
      expect(cooled?.positive, String(logit)).toBe(plain?.positive)
      expect(cooled?.output).toBeCloseTo(1 / (1 + Math.exp(-logit / 2.5)), 12)
      expect(cooled?.logit).toBe(logit)
    }
  })

  test('is another device than the model without it, and than with another', () => {
    const uid = (change?: object) => modelIdentity(manifestOf(), change && calibrationOf(change)).deviceUid
    expect(new Set([uid(), uid({}), uid({ temperature: 2 }), uid({ version: '2' })]).size).toBe(4)
    expect(uid({ temperature: 2 })).toBe(uid({ temperature: 2 }))
  })

  test.each<[string, object, Activation, RegExp]>([
    ['for another model', { model: 'other' }, 'logits', /model: it is for other/],
    ['for another file', { sha256: 'b'.repeat(64) }, 'logits', /sha256: it was made for another file/],
    ['of an unknown label', { labels: { Mass: {} } }, 'logits', /labels\.Mass: is no label/],
    [
      'that turns on what is not trained',
      { labels: { Hernia: { on: true } } },
      'logits',
      /Hernia: the model is not trained/,
    ],
    [
      'that turns on what has no operating point',
      { labels: { Normal: { on: true } } },
      'logits',
      /Normal: has no operating/,
    ],
    ['with a temperature for one of a softmax', { labels: { Effusion: { temperature: 2 } } }, 'softmax', /share one/],
    ['that leaves a softmax without new points', { temperature: 2 }, 'softmax', /Effusion: after a softmax/],
  ])('%s is refused', (_, change, activation, message) => {
    expect(() => calibratedLabels(manifestOf(activation), calibrationOf(change))).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) }),
    )
  })

  test('tells every fault of its file together', () => {
    expect(() => calibrationOf({ version: 'two words', temperature: 0, colour: 'red' })).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/version: .*temperature: .*colour/s) }),
    )
  })
})

describe('what the numbers of a model are', () => {
  test('after a sigmoid they are outputs as they stand', () => {
    expect(findingsOf([0.3, 0, 0, 0], manifestOf('sigmoid').labels, 'sigmoid')).toMatchObject([
      { label: 'Effusion', output: 0.3, logit: expect.closeTo(Math.log(3 / 7), 6) },
    ])
  })

  test('raw before a softmax and after it give the same findings', () => {
    const logits = [1, 0.5, -1, 2]
    const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0)
    const outputs = logits.map((logit) => Math.exp(logit) / sum)
    const raw = findingsOf(logits, manifestOf('logits-softmax').labels, 'logits-softmax')
    const done = findingsOf(outputs, manifestOf('softmax').labels, 'softmax')
    expect(done[0]?.output).toBeCloseTo(raw[0]?.output ?? Number.NaN, 9)
    expect(raw[0]?.output).toBeCloseTo(outputs[0] ?? Number.NaN, 12)
  })

  test('a number that the activation cannot give is refused', () => {
    expect(() => findingsOf([1.2, 0, 0, 0], manifestOf('sigmoid').labels, 'sigmoid')).toThrow(/no sigmoid gives that/)
  })
})
