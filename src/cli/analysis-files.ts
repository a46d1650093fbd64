import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../failure.ts'
import { encodeNpy } from '../model/npy.ts'
import type { ResultInstance } from '../report/result-instance.ts'
import { COMBINED } from '../report/wording.ts'
import type { HeatMap } from '../study/finding.ts'
import { capturePng } from './capture-png.ts'

type Analysis = {
  readonly results: readonly ResultInstance[]
  readonly maps: ReadonlyMap<string, HeatMap>
  readonly combined?: HeatMap | undefined
}

/** `Lung Opacity` → `lung-opacity`. */
const slug = (label: string) => label.toLowerCase().replace(/[^a-z0-9]+/g, '-')

const pictureName = (label = 'summary') => (label === COMBINED ? 'combined' : slug(label))

/**
 * The results of one image in a folder: `sr.dcm`, `summary.dcm` and `.png`, and for each heat map `<label>.dcm`, `.png`
 * and `.npy` (0 to 1, float32, over the whole radiograph); `combined` is all of them together. Their names.
 */
export async function writeAnalysis(folder: string, { results, maps, combined }: Analysis): Promise<string[]> {
  const written: string[] = []
  const write = async (name: string, bytes: Uint8Array) => {
    await writeFile(join(folder, name), bytes)
    written.push(name)
  }
  try {
    await mkdir(folder, { recursive: true })
    for (const { kind, label, alternativeOf, bytes } of results) {
      if (alternativeOf) continue
      const name = kind === 'SC' ? pictureName(label) : kind.toLowerCase()
      await write(`${name}.dcm`, bytes)
      const png = kind === 'SC' ? await capturePng(bytes) : undefined
      if (png) await write(`${name}.png`, png)
    }
    for (const [label, { rows, columns, values }] of maps)
      await write(`${slug(label)}.npy`, encodeNpy(rows, columns, values))
    if (combined) await write('combined.npy', encodeNpy(combined.rows, combined.columns, combined.values))
    return written
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw new Failure('STORAGE_FAILED', `${folder} cannot be written`, { cause })
  }
}
