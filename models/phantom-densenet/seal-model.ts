/**
 * Writes manifest.json and golden.json for what export.py made: figures on unseen seeds, hashes, logits that every
 * later run must repeat. Usage: npx tsx seal-model.ts [CASES]
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawPhantom } from '../../src/model/phantom.ts'
import { PHANTOM_LABELS } from '../../src/model/phantom-findings.ts'
import { MODEL_FOLDER, openPhantomModel, type PhantomModel, sha256Of } from '../../test/bench/measure-model.ts'
import { FIRST_TEST_SEED, type Figures, measure } from '../../test/bench/phantom-figures.ts'

const GOLDEN_SEEDS = [7_000_001, 7_000_002, 7_000_003]
const cases = Number(process.argv[2] ?? 400)
const beside = (name: string) => join(MODEL_FOLDER, name)
const rounded = (value: number) => Math.round(value * 1e4) / 1e4
const write = (name: string, value: unknown) => writeFileSync(beside(name), `${JSON.stringify(value, null, 2)}\n`)

async function golden(model: PhantomModel) {
  const answers = GOLDEN_SEEDS.map(async (seed) => {
    const phantom = drawPhantom({ seed })
    const { logits } = await model.answer(phantom)
    return { seed, drawn: phantom.findings.map(({ label }) => label), logits: Array.from(logits, (x) => Math.round(x * 1e5) / 1e5) }
  })
  return { tolerance: 1e-3, cases: await Promise.all(answers) }
}

function manifest({ macroAuroc, pointingAccuracy, labels }: Figures, points: Record<string, number>) {
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
    sha256: sha256Of(beside('phantom-densenet.onnx')),
    classifier: { file: 'classifier.f32', sha256: sha256Of(beside('classifier.f32')) },
    input: { name: 'input', size: 224, profile: 'xrv' },
    outputs: { logits: 'logits', features: 'features' },
    explanation: 'grad-cam-densenet',
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

const model = await openPhantomModel()
const figures = await measure(model, cases, () => {})
write('golden.json', await golden(model))
write('manifest.json', manifest(figures, JSON.parse(readFileSync(beside('operating-points.json'), 'utf8'))))
rmSync(beside('operating-points.json'))
for (const { label, positives, auroc, focal, pointed } of figures.labels)
  console.log(`| ${label} | ${positives} | ${auroc.toFixed(3)} | ${focal ? `${pointed} of ${focal}` : 'diffuse'} |`)
