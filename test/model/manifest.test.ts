import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { modelIdentity, parseManifest } from '../../src/model/manifest.ts'
import { manifestJsonSchema } from '../../src/model/manifest-schema.ts'
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
  provenance: 'Made by hand.',
  input: {
    ...{ name: 'image', layout: 'NCHW', channels: 1, size: 224, fit: 'crop', resampling: 'gaussian', profile: 'xrv' },
  },
  outputs: { labels: 'logits', features: 'features', activation: 'logits' },
  gradCam: { classifier: { file: 'classifier.f32', sha256: 'b'.repeat(64) }, relu: true },
  explanation: 'grad-cam',
  labels: [{ name: 'Effusion', operatingPoint: 0.2 }, { name: 'Hernia' }],
  performance: { macroAuroc: 0.9, pointingAccuracy: 0.8, auroc: { Effusion: 0.9 }, testSeeds: '1-100' },
  golden: { file: 'golden.json' },
}
const BLACK_BOX = { outputs: { labels: 'scores', activation: 'softmax' }, gradCam: undefined, explanation: 'occlusion' }
const CONCEPT = { value: '60046008', scheme: 'SCT', meaning: 'Pleural effusion' }
const CODE = { finding: CONCEPT, site: { value: '3120008', scheme: 'SCT', meaning: 'Pleura' } }
const IMAGENET = { channels: 3, profile: 'unit', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
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
  ['no feature map, and be explained by occlusion', BLACK_BOX],
  ['a PLI graph', { saliency: { file: 'saliency.onnx', sha256: 'd'.repeat(64) }, explanation: 'pli' }],
  [
    'views, ages and caveats',
    { intended: { views: ['PA'], ages: [18, 90] }, caveats: [{ code: 'OLD', text: 'Old.' }] },
  ],
  ['a code of its own', { labels: [{ name: 'Effusion', operatingPoint: 0.2, code: CODE }] }],
  ['colours, and a mean and spread of each', { input: { ...manifest.input, ...IMAGENET } }],
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

test.each<[string, object]>([
  ['a file outside the model folder', { file: '../other/model.onnx' }],
  ['an operating point of 0', { labels: [{ name: 'Effusion', operatingPoint: 0 }] }],
  ['a label that stands twice', { labels: [{ name: 'Effusion' }, { name: 'Effusion' }] }],
  ['a performance figure for no label', { performance: { ...manifest.performance, auroc: { Mass: 0.9 } } }],
  ['an unknown pre-processing profile', { input: { ...manifest.input, profile: 'imagenet' } }],
  [
    'a mean for another number of channels',
    { input: { ...manifest.input, profile: 'unit', mean: [0, 0], std: [1, 1] } },
  ],
  ['a mean without a spread', { input: { ...manifest.input, profile: 'unit', mean: [0] } }],
  ['Grad-CAM without a feature map', { outputs: { labels: 'logits', activation: 'logits' } }],
  ['PLI without its graph', { explanation: 'pli' }],
  ['an operating point of an untrained label', { labels: [{ name: 'Effusion', trained: false, operatingPoint: 0.2 }] }],
  ['ages the wrong way round', { intended: { ages: [90, 18] } }],
])('refuses %s', (_, change) => {
  expect(() => parse(change)).toThrow(expect.objectContaining({ code: 'MODEL_INVALID' }))
})

test('refuses what is not JSON', () => {
  expect(() => parseManifest('{')).toThrow(expect.objectContaining({ code: 'MODEL_INVALID' }))
})

test('what a manifest leaves out has a default: what the TorchXRayVision family wants', () => {
  const input = { name: 'image', size: 224, profile: 'xrv' }
  const outputs = { labels: 'logits', features: 'features' }
  expect(parse({ input, outputs })).toEqual(manifest)
})

test('the published JSON schema is the one that is checked', () => {
  const published = JSON.parse(readFileSync(new URL('../../models/manifest.schema.json', import.meta.url), 'utf8'))
  expect(published, 'npx tsx models/write-schema.ts writes it anew').toEqual(manifestJsonSchema())
})

test('another version, file, operating point or label that is off is another device; nothing else is', () => {
  const uid = (change: object) => modelIdentity(parse(change)).deviceUid
  const labels = [{ name: 'Effusion', operatingPoint: 0.21 }, { name: 'Hernia' }]
  const off = [{ name: 'Effusion', operatingPoint: 0.2, defaultOff: true }, { name: 'Hernia' }]
  const resized = { ...manifest.input, resampling: 'linear' }
  const changes = [
    { version: '1.0.1' },
    { input: resized },
    { sha256: 'c'.repeat(64) },
    { labels },
    { labels: off },
    { id: 'other' },
  ]
  const others = changes.map(uid)
  expect(new Set([uid({}), ...others]).size).toBe(7)
  expect(uid({ intendedUse: 'Otherwise said.' })).toBe(uid({}))
  expect(isStrictUid(uid({}))).toBe(true)
  expect(uid({})).toMatch(/^2\.25\.\d+$/)
})
