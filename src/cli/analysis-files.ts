import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../failure.ts'
import type { ResultInstance } from '../report/result-instance.ts'
import type { HeatMap } from '../study/finding.ts'
import { capturePng } from './capture-png.ts'

type Analysis = { readonly results: readonly ResultInstance[]; readonly maps: ReadonlyMap<string, HeatMap> }

/** `Lung Opacity` → `lung-opacity`. */
const slug = (label: string) => label.toLowerCase().replace(/[^a-z0-9]+/g, '-')

/**
 * The results of one image in a folder: `sr.dcm`, `summary.dcm` and `.png`, and for each heat map `<label>.dcm`, `.png`
 * and `.f32` (0 to 1, float32, little-endian, row by row; its size stands in findings.json). Their names.
 */
export async function writeAnalysis(folder: string, { results, maps }: Analysis): Promise<string[]> {
  const written: string[] = []
  const write = async (name: string, bytes: Uint8Array) => {
    await writeFile(join(folder, name), bytes)
    written.push(name)
  }
  try {
    await mkdir(folder, { recursive: true })
    for (const { kind, label, alternativeOf, bytes } of results) {
      if (alternativeOf) continue
      const name = kind === 'SC' ? slug(label ?? 'summary') : kind.toLowerCase()
      await write(`${name}.dcm`, bytes)
      const png = kind === 'SC' ? await capturePng(bytes) : undefined
      if (png) await write(`${name}.png`, png)
    }
    for (const [label, { values }] of maps)
      await write(`${slug(label)}.f32`, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    return written
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw new Failure('STORAGE_FAILED', `${folder} cannot be written`, { cause })
  }
}
