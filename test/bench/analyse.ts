/**
 * What the analysis of one radiograph costs, stage by stage, on one core: `npm run bench:analyse [FOLDER]`. DenseNet-121 of
 * full size and random weights, a radiograph of 2500 × 2048 pixels of 16 bits. Where Debian's python3-torch is installed
 * the same network is timed in PyTorch too, with one thread, a run of each in turn. Without FOLDER the checkpoint is made by
 * test/fixtures/torch/make.py.
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import { importModel } from '../../src/inference/import-model.ts'
import { CATALOGUE } from '../../src/model/catalogue.ts'
import { tinyDx } from '../support/part10.ts'
import { TORCH_FIXTURES } from '../support/torch-cases.ts'
import { type Costs, measureStages, STAGES } from './analysis-stages.ts'
import { measureWhole } from './whole-analysis.ts'

const ROUNDS = Number(process.env.ROUNDS ?? 9)
const [ROWS, COLUMNS] = [2500, 2048]
const PYTHON = '/usr/bin/python3'

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const ms = (values: number[]) => `${median(values).toFixed(1)} ms`.padStart(12)

/** Smooth shades and a little noise, as a radiograph has them. */
function radiograph(): Uint8Array {
  let state = 1
  const pixels = Uint16Array.from({ length: ROWS * COLUMNS }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const [y, x] = [Math.floor(i / COLUMNS), i % COLUMNS]
    return 30_000 + 20_000 * Math.sin(x / 300) * Math.cos(y / 410) + 4000 * Math.sin((x + y) / 37) + state / 2 ** 22
  })
  const size = { Rows: ROWS, Columns: COLUMNS, BitsAllocated: 16, BitsStored: 16, HighBit: 15 }
  const about = { BodyPartExamined: 'CHEST', ViewPosition: 'PA', PatientAge: '050Y' }
  return encodeInstance(tinyDx({ ...size, ...about, PixelData: new Uint8Array(pixels.buffer) }))
}

/** PyTorch in a process of its own, that answers each line with the milliseconds it took. */
function openTorch(checkpoint: string) {
  const child = spawn(PYTHON, ['-W', 'ignore', join(import.meta.dirname, 'analyse-torch.py'), checkpoint], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask(what: 'inference' | 'pli' | 'memory'): Promise<number> {
      child.stdin.write(`${what}\n`)
      return Number((await lines.next()).value)
    },
    end: () => child.stdin.end(),
  }
}

async function main(folder: string): Promise<void> {
  const [entry] = CATALOGUE
  if (!entry) throw new RangeError('the catalogue is empty')
  const checkpoint = join(folder, 'densenet121-zip.pt')
  const models = join(folder, 'models')
  const { directory } = await importModel({ path: checkpoint, folder: models, entry, replace: true })
  const file = join(folder, 'radiograph.dcm')
  writeFileSync(file, radiograph())
  const torch = existsSync('/usr/lib/python3/dist-packages/torch') ? openTorch(checkpoint) : undefined
  const stages = await measureStages(directory, file)
  const costs: Costs[] = []
  const theirs = { inference: [] as number[], pli: [] as number[] }
  // The first of each is to warm up.
  for (let round = 0; round <= ROUNDS; round++) {
    const [own, inference, pli] = [await stages.run(), await torch?.ask('inference'), await torch?.ask('pli')]
    if (round === 0) continue
    costs.push(own)
    if (inference !== undefined && pli !== undefined) {
      theirs.inference.push(inference)
      theirs.pli.push(pli)
    }
  }
  console.log(
    `${ROWS} x ${COLUMNS}, 16 bits; DenseNet-121; median of ${ROUNDS}, ${availableParallelism()} core(s) seen`,
  )
  for (const stage of STAGES) console.log(`${stage.padEnd(34)} ${ms(costs.map((each) => each[stage]))}`)
  const own = (stage: (typeof STAGES)[number]) => median(costs.map((each) => each[stage]))
  if (torch) {
    const ratio = (a: number, b: number[]) => `ours is ${(a / median(b)).toFixed(2)} of it`
    console.log(
      `PyTorch, inference                 ${ms(theirs.inference)}  ${ratio(own('inference'), theirs.inference)}`,
    )
    console.log(`PyTorch, PLI                       ${ms(theirs.pli)}  ${ratio(own('PLI of one finding'), theirs.pli)}`)
    console.log(`PyTorch, peak memory               ${((await torch.ask('memory')) / 1e6).toFixed(0).padStart(9)} MB`)
    torch.end()
  }
  const { beforePli, afterPli } = stages.memory()
  console.log(
    `all in one process, peak memory    ${(beforePli / 1e6).toFixed(0).padStart(9)} MB; with PLI ${(afterPli / 1e6).toFixed(0)} MB`,
  )
  await measureWhole({ directory: models, id: entry.id, file, infer: stages.infer })
}

const given = process.argv[2]
const folder = given ?? mkdtempSync(join(tmpdir(), 'mcads-bench-'))
try {
  if (!given) execFileSync(PYTHON, ['-W', 'ignore', join(TORCH_FIXTURES, 'make.py'), 'densenet', folder])
  await main(folder)
} finally {
  if (!given) rmSync(folder, { recursive: true, force: true })
}
