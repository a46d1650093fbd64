import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '../../src/config/read-config.ts'
import { reuseMemory } from '../../src/dicom/pixel-room.ts'
import { parseManifest } from '../../src/model/manifest.ts'
import { openAnalyser } from '../../src/roles/analyser.ts'

export type Whole = {
  readonly directory: string
  readonly id: string
  readonly file: string
  /** Milliseconds of an inference with nothing beside it; asked for after each analysis, as this machine is then. */
  readonly infer: () => Promise<number>
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** A worker is warm: what is done once for each image is compiled after some. */
const WARM_UP = 20
const ROUNDS = 25

/** So many labels always positive, the others never: random weights know no better. */
function calibrate({ directory, id }: Whole, positives: number): string {
  const { sha256, labels } = parseManifest(readFileSync(join(directory, id, 'manifest.json'), 'utf8'))
  const settled = labels
    .filter(({ defaultOff, operatingPoint }) => !defaultOff && operatingPoint !== undefined)
    .map(({ name }, at) => [name, { operatingPoint: at < positives ? 1e-6 : 1 - 1e-6 }])
  const path = join(directory, `positives-${positives}.json`)
  writeFileSync(path, JSON.stringify({ model: id, sha256, version: 'bench', labels: Object.fromEntries(settled) }))
  return path
}

/** The node's whole analysis of one file, from the file to the SR and SC, with its child processes; beside an inference alone. */
export async function measureWhole(whole: Whole): Promise<void> {
  for (const positives of [0, 1, 3]) {
    const config = readConfig(undefined, {
      MCADS_MODEL__DIRECTORY: whole.directory,
      MCADS_MODEL__ID: whole.id,
      MCADS_MODELS__CALIBRATIONS: JSON.stringify({ [whole.id]: calibrate(whole, positives) }),
      MCADS_QUALITY: '{frontalPixels: off, polarityPixels: off, screenCapture: off, saturated: off}',
    })
    await using analyser = await openAnalyser(config)
    const all: number[] = []
    const inferences: number[] = []
    const laps: Record<string, number[]> = {}
    let first = 0
    for (let round = 0; round < WARM_UP + ROUNDS; round++) {
      const started = performance.now()
      const [analysis] = await analyser.analyse(whole.file)
      const took = performance.now() - started
      if (!analysis?.image) throw new Error(`declined: ${analysis?.declined}`)
      // As the worker does once they are saved.
      for (const { bytes } of analysis.image.results) reuseMemory(bytes)
      if (round === 0) first = took
      if (round < WARM_UP) continue
      all.push(took)
      inferences.push(await whole.infer())
      for (const [stage, lap] of Object.entries(analysis.image.durations)) laps[stage] = [...(laps[stage] ?? []), lap]
    }
    const stages = Object.entries(laps).map(([stage, values]) => `${stage} ${median(values)}`)
    const ratio = median(all) / median(inferences)
    console.log(
      `whole analysis, ${positives} finding(s)         ${median(all).toFixed(0).padStart(7)} ms: ${ratio.toFixed(2)} times an inference alone, ${median(inferences).toFixed(0)} ms (${stages.join(', ')} ms); the first took ${first.toFixed(0)} ms`,
    )
  }
}
