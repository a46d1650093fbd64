import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const LAYERS = [
  ['study', 'failure.ts', 'lifecycle.ts', 'gather.ts'],
  ['dicom', 'tls'],
  ['model', 'report', 'quality'],
  ['dimse', 'db', 'files', 'queue', 'observe', 'inference', 'config', 'dicomweb', 'hl7', 'audit'],
  ['receive', 'analyse', 'deliver', 'serve'],
  ['roles'],
  ['cli'],
  ['main.ts'],
]
const OWNERS: Record<string, string[]> = {
  'dcmjs-dimse': ['dimse'],
  dcmjs: ['dicom'],
  'dcmjs-codecs': ['dicom'],
  'dicom-parser': ['dicom'],
  jose: ['dimse'],
  'onnxruntime-node': ['inference'],
  protobufjs: ['model'],
  sharp: ['model', 'report', 'quality'],
  kysely: ['db'],
  pg: ['db'],
  bullmq: ['queue'],
  ioredis: ['queue'],
  pino: ['observe'],
  'prom-client': ['observe'],
  fastify: ['serve'],
  'node-hl7-client': ['hl7'],
  'node-hl7-client/hl7': ['hl7'],
  zod: ['config', 'model'],
  yaml: ['config'],
  commander: ['cli', 'main.ts'],
}

const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
)
const read = (file: string) => readFileSync(join(ROOT, 'src', file), 'utf8')
const top = (file: string) => file.split('/')[0] ?? file
const layerOf = (file: string) => LAYERS.findIndex((layer) => layer.includes(top(file)))
const imports = (file: string) =>
  [...read(file).matchAll(/^(?:import|export)[^']*?from\s+'([^']+)'|^import\s+'([^']+)'/gm)].map(
    (match) => match[1] ?? match[2] ?? '',
  )

test('every file imports only its own folder or a lower layer', () => {
  const offences = files.flatMap((file) =>
    imports(file)
      .filter((path) => path.startsWith('.'))
      .map((path) => posix.join(dirname(file), path))
      .filter(
        (target) =>
          !target.startsWith('..') &&
          layerOf(file) > 0 &&
          top(target) !== top(file) &&
          layerOf(target) >= layerOf(file),
      )
      .map((target) => `${file} imports ${target}`),
  )
  expect(offences).toEqual([])
  expect(files.filter((file) => layerOf(file) < 0)).toEqual([])
})

test('every third-party package is imported by its owner only', () => {
  const offences = files.flatMap((file) =>
    imports(file)
      .filter((path) => !path.startsWith('.') && !path.startsWith('node:'))
      .filter((name) => !OWNERS[name]?.includes(top(file)))
      .map((name) => `${file} imports ${name}`),
  )
  expect(offences).toEqual([])
})

test('no file is longer than 300 lines, half of them no longer than 80', () => {
  const lengths = files
    .map((file) => ({ file, lines: read(file).split('\n').length }))
    .sort((a, b) => a.lines - b.lines)
  expect(lengths.filter(({ lines }) => lines > 300)).toEqual([])
  expect(lengths[Math.floor(lengths.length / 2)]?.lines).toBeLessThanOrEqual(80)
})
