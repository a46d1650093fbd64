/**
 * Writes phantoms as the model sees them: `<first>.i16` (count × 224 × 224, int16, -1024 to 1024) and `<first>.jsonl`
 * (label and boxes in model pixels). Usage: npx tsx make-training-set.ts FOLDER FIRST_SEED COUNT
 */
import { once } from 'node:events'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { drawPhantom, type Phantom } from '../../src/model/phantom.ts'
import type { Crop } from '../../src/model/prepare-tensor.ts'
import { xrvTensor } from '../../test/support/xrv-tensor.ts'
import { trainingSize } from './training-size.ts'

const SIZE = 224
const [folder = '', first = '0', count = '0'] = process.argv.slice(2)

function modelBoxes({ findings }: Phantom, { top, left, rows }: Crop) {
  const scale = SIZE / rows
  return findings.map(({ label, boxes, focal }) => ({
    label,
    focal,
    boxes: boxes.map(({ x0, y0, x1, y1 }) =>
      [x0 - left, y0 - top, x1 - left, y1 - top].map((edge) => Math.round(edge * scale * 10) / 10),
    ),
  }))
}

mkdirSync(folder, { recursive: true })
const pixels = createWriteStream(join(folder, `${first}.i16`))
const truth = createWriteStream(join(folder, `${first}.jsonl`))
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  const size = trainingSize(seed)
  const phantom = drawPhantom(size ? { seed, size } : { seed })
  const { data, crop } = xrvTensor(phantom, SIZE)
  const written = pixels.write(Buffer.from(Int16Array.from(data, Math.round).buffer))
  truth.write(`${JSON.stringify({ seed, findings: modelBoxes(phantom, crop) })}\n`)
  if (!written) await once(pixels, 'drain')
}
pixels.end()
truth.end()
