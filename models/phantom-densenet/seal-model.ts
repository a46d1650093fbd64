/**
 * Writes manifest.json and golden.json for what export.py made: figures on unseen seeds, hashes, outputs that every
 * later run must repeat. Usage: npx tsx seal-model.ts [CASES], then fit-distribution.ts, which names its file there.
 */
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSaliency } from '../../src/model/onnx/saliency.ts'
import { drawPhantom } from '../../src/model/phantom.ts'
import { PHANTOM_LABELS } from '../../src/model/phantom-findings.ts'
import { ask, MODEL_FOLDER, openPhantomModel } from '../../test/bench/measure-model.ts'
import { FIRST_TEST_SEED, type Figures, measure } from '../../test/bench/phantom-figures.ts'

type Performance = Pick<Figures, 'macroAuroc' | 'pointingAccuracy' | 'labels'>

const GOLDEN_SEEDS = [7_000_001, 7_000_002, 7_000_003]
const cases = Number(process.argv[2] ?? 400)
const beside = (name: string) => join(MODEL_FOLDER, name)
const rounded = (value: number) => Math.round(value * 1e4) / 1e4
const write = (name: string, value: unknown) => writeFileSync(beside(name), `${JSON.stringify(value, null, 2)}\n`)

const sha256Of = (name: string) =>
  createHash('sha256')
    .update(readFileSync(beside(name)))
    .digest('hex')

async function goldenCase(seed: number) {
  const phantom = drawPhantom({ seed })
  const { outputs } = await ask(model, phantom)
  const drawn = phantom.findings.map(({ label }) => label)
  return { seed, drawn, outputs: Array.from(outputs, (logit) => Math.round(logit * 1e5) / 1e5) }
}

function manifest({ macroAuroc, pointingAccuracy, labels }: Performance, points: Record<string, number>) {
  return {
    id: 'phantom-densenet',
    name: 'MCADS phantom DenseNet',
    version: '1.0.0',
    manufacturer: 'mcads-node',
    demonstration: true,
    intendedUse:
      'Simulated radiographs only. Trained on drawings, it knows nothing about patients and must never be used on them.',
    licence: 'MIT',
    file: 'phantom-densenet.onnx',
    sha256: sha256Of('phantom-densenet.onnx'),
    provenance:
      "Trained by train.py beside this file on phantoms drawn by src/model/phantom.ts; no third party's weights or images are in it",
    input: { name: 'input', size: 224, profile: 'xrv' },
    outputs: { labels: 'logits', features: 'features' },
    gradCam: { classifier: { file: 'classifier.f32', sha256: sha256Of('classifier.f32') }, relu: true },
    saliency: { file: 'saliency.onnx', sha256: sha256Of('saliency.onnx') },
    explanation: 'grad-cam',
    labels: PHANTOM_LABELS.map((name) => ({ name, operatingPoint: points[name] })),
    performance: {
      macroAuroc: rounded(macroAuroc),
      pointingAccuracy: rounded(pointingAccuracy),
      auroc: Object.fromEntries(labels.map(({ label, auroc }) => [label, rounded(auroc)])),
      testSeeds: `${FIRST_TEST_SEED} to ${FIRST_TEST_SEED + cases - 1}`,
    },
    golden: { file: 'golden.json' },
  }
}

const onnx = readFileSync(beside('phantom-densenet.onnx'))
writeFileSync(
  beside('saliency.onnx'),
  buildSaliency(onnx, { input: 'input', scores: 'logits', shape: [1, 1, 224, 224] }),
)
const points = JSON.parse(readFileSync(beside('operating-points.json'), 'utf8'))
write('manifest.json', manifest({ macroAuroc: 0, pointingAccuracy: 0, labels: [] }, points))
await using model = await openPhantomModel()
const figures = await measure(model, cases, () => {})
write('manifest.json', manifest(figures, points))
write('golden.json', { tolerance: 1e-3, cases: await Promise.all(GOLDEN_SEEDS.map(goldenCase)) })
rmSync(beside('operating-points.json'))
for (const { label, drawn, auroc, found, falselyFound, focal, pointed } of figures.labels) {
  const row = [label, drawn, auroc.toFixed(3), found, falselyFound, focal ? `${pointed} of ${focal}` : 'diffuse']
  console.log(`| ${row.join(' | ')} |`)
}
console.log(`macro AUROC ${figures.macroAuroc.toFixed(4)}, pointing accuracy ${figures.pointingAccuracy.toFixed(4)}`)
