/**
 * Whether the published densenet121-res224-all, imported, gives the scores that TorchXRayVision publishes for a public
 * image: `npx tsx test/bench/published-scores.ts CHECKPOINT`. Needs the test corpus; ends with 1 when they differ.
 */
import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { CATALOGUE } from '../../src/model/catalogue.ts'
import { convertCheckpoint } from '../../src/model/convert-checkpoint.ts'
import { findingsOf } from '../../src/model/score.ts'
import { corpus } from '../support/needs.ts'
import { InferenceSession, Tensor } from '../support/onnx-runtime.ts'
import { xrvTensor } from '../support/xrv-tensor.ts'

/** NIH 00000001_000, normalised by operating point. */
const PUBLISHED: Record<string, number> = {
  ...{ Atelectasis: 0.50577986, Cardiomegaly: 0.62151504, Consolidation: 0.3124331, Edema: 0.21286564 },
  ...{ Effusion: 0.39427388, Emphysema: 0.503361, 'Enlarged Cardiomediastinum': 0.4313866, Fibrosis: 0.5401596 },
  ...{ Fracture: 0.28907478, Hernia: 0.012677962, Infiltration: 0.5220189, 'Lung Lesion': 0.21828467 },
  ...{ 'Lung Opacity': 0.36826086, Mass: 0.4104132, Nodule: 0.5091791, Pleural_Thickening: 0.5104176 },
  ...{ Pneumonia: 0.18006423, Pneumothorax: 0.30677897 },
}
const TOLERANCE = 1e-3

const [entry] = CATALOGUE
const path = process.argv[2]
if (!entry || !path) throw new Error('give the path of the checkpoint')
const { data, info } = await sharp(corpus('png/nih_00000001_000.xrvtest.png'), { ignoreIcc: true })
  .raw()
  .toBuffer({ resolveWithObject: true })
const pixels = Uint8Array.from({ length: info.width * info.height }, (_, i) => data[i * info.channels] ?? 0)
const tensor = xrvTensor(
  { ...{ rows: info.height, columns: info.width, bitsStored: 8, signed: false }, photometric: 'MONOCHROME2', pixels },
  entry.size,
)
const session = await InferenceSession.create(convertCheckpoint(readFileSync(path), entry).model)
const { logits } = await session.run({ input: new Tensor('float32', tensor.data, [1, 1, entry.size, entry.size]) })
const labels = entry.labels.map(({ defaultOff: _, ...label }) => label)
const findings = findingsOf(logits?.data instanceof Float32Array ? logits.data : [], labels)
let greatest = 0
for (const { label, score } of findings) {
  const published = PUBLISHED[label] ?? Number.NaN
  greatest = Math.max(greatest, Math.abs(score - published))
  console.log(`${label.padEnd(28)} ${score.toFixed(5)}  published ${published.toFixed(5)}`)
}
console.log(`greatest difference ${greatest.toExponential(1)}`)
process.exitCode = greatest <= TOLERANCE ? 0 : 1
