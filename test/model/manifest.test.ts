import { expect, test } from 'vitest'
import { modelIdentity, parseManifest } from '../../src/model/manifest.ts'
import { isStrictUid } from '../../src/study/identifiers.ts'

const manifest = {
  id: 'tiny-densenet',
  name: 'Tiny DenseNet',
  version: '1.0.0',
  manufacturer: 'mcads',
  demonstration: true,
  intendedUse: 'Demonstration only.',
  licence: 'MIT',
  file: 'model.onnx',
  sha256: 'a'.repeat(64),
  classifier: { file: 'classifier.f32', sha256: 'b'.repeat(64) },
  input: { name: 'image', size: 224, profile: 'xrv' },
  outputs: { logits: 'logits', features: 'features' },
  explanation: 'grad-cam-densenet',
  labels: [{ name: 'Effusion', operatingPoint: 0.2 }, { name: 'Hernia' }],
  performance: { macroAuroc: 0.9, pointingAccuracy: 0.8, auroc: { Effusion: 0.9 }, testSeeds: '1-100' },
  golden: { file: 'golden.json' },
}
type Manifest = typeof manifest
const parse = (change: object) => parseManifest(JSON.stringify({ ...manifest, ...change }))

test('a manifest is read as it stands', () => {
  expect(parse({})).toEqual(manifest)
})

test.each<[string, object]>([
  ['no figures and no golden cases', { performance: undefined, golden: undefined }],
  [
    'a label that is off',
    { labels: [{ name: 'Effusion', operatingPoint: 0.2, defaultOff: true }, { name: 'Hernia' }] },
  ],
  ["a ResNet's heat maps", { explanation: 'grad-cam-resnet' }],
  ['an underscore in its id', { id: 'densenet121-res224-mimic_nb' }],
  ['the checkpoint it was imported from', { checkpoint: { file: 'a.pt', sha256: 'c'.repeat(64), bytes: 9 } }],
  [
    'published figures',
    { performance: { auroc: { Effusion: 0.8 }, interval: { Effusion: [0.7, 0.9] }, testSet: 'BRAX' } },
  ],
])('a manifest may have %s', (_, change) => {
  expect(parse(change)).toMatchObject(JSON.parse(JSON.stringify(change)))
})

test('every fault of a manifest is told together, with its path', () => {
  const broken = { version: '', sha256: 'short', input: { name: 'image', size: 1, profile: 'other' }, colour: 'red' }
  expect(() => parse(broken)).toThrow(
    expect.objectContaining({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(/version: .*sha256: .*input\.size: .*input\.profile: .*colour/s),
    }),
  )
})

test.each<[string, Partial<Record<keyof Manifest, unknown>>]>([
  ['a file outside the model folder', { file: '../other/model.onnx' }],
  ['an operating point of 0', { labels: [{ name: 'Effusion', operatingPoint: 0 }] }],
  ['a label that stands twice', { labels: [{ name: 'Effusion' }, { name: 'Effusion' }] }],
  ['a performance figure for no label', { performance: { ...manifest.performance, auroc: { Mass: 0.9 } } }],
  ['an unknown pre-processing profile', { input: { ...manifest.input, profile: 'imagenet' } }],
])('refuses %s', (_, change) => {
  expect(() => parse(change)).toThrow(expect.objectContaining({ code: 'MODEL_INVALID' }))
})

test('refuses what is not JSON', () => {
  expect(() => parseManifest('{')).toThrow(expect.objectContaining({ code: 'MODEL_INVALID' }))
})

test('another version, file, operating point or label that is off is another device; nothing else is', () => {
  const uid = (change: object) => modelIdentity(parse(change)).deviceUid
  const labels = [{ name: 'Effusion', operatingPoint: 0.21 }, { name: 'Hernia' }]
  const off = [{ name: 'Effusion', operatingPoint: 0.2, defaultOff: true }, { name: 'Hernia' }]
  const changes = [{ version: '1.0.1' }, { sha256: 'c'.repeat(64) }, { labels }, { labels: off }, { id: 'other' }]
  const others = changes.map(uid)
  expect(new Set([uid({}), ...others]).size).toBe(6)
  expect(uid({ intendedUse: 'Otherwise said.' })).toBe(uid({}))
  expect(isStrictUid(uid({}))).toBe(true)
  expect(uid({})).toMatch(/^2\.25\.\d+$/)
})
