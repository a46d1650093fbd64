import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildDemoInstance } from '../../src/cli/demo-study.ts'
import type { DataSet } from '../../src/dicom/data-set.ts'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import { type StoreOutcome, storeInstances } from '../../src/dimse/storage-scu.ts'
import { Failure } from '../../src/failure.ts'
import { readInstanceFile } from '../../src/files/instance-file.ts'
import { drawPhantom } from '../../src/model/phantom.ts'
import { temporaryFolder } from './needs.ts'
import { tinyDx } from './part10.ts'

/** A Part 10 file of a tiny DX image of the chest; removed when the test ends. */
export async function dxFile(change: DataSet = {}): Promise<string> {
  return instanceFile(encodeInstance(tinyDx({ BodyPartExamined: 'CHEST', ViewPosition: 'PA', ...change })))
}

export async function instanceFile(part10: Uint8Array): Promise<string> {
  const file = join(await temporaryFolder(), `${randomUUID()}.dcm`)
  await writeFile(file, part10)
  return file
}

const wordOf = (outcome: StoreOutcome) =>
  outcome instanceof Failure ? outcome.code : `${outcome.status.toString(16).toUpperCase().padStart(4, '0')}H`

/** Pushes files over one association, as TESTER: the status of each (`0000H`), or the code of what went wrong. */
export async function push(port: number, ...files: string[]): Promise<string[]> {
  const peer = { host: '127.0.0.1', port, calledAeTitle: 'MCADS', callingAeTitle: 'TESTER', timeoutMs: 30_000 }
  const words: string[] = []
  const instances = await Promise.all(files.map((file) => readInstanceFile(file)))
  await storeInstances(peer, instances, (_, outcome) => void words.push(wordOf(outcome)))
  return words
}

/** A simulated chest radiograph that can be analysed; the seed says which, and which study. */
export async function phantomFile(seed = 1): Promise<string> {
  return instanceFile(buildDemoInstance(drawPhantom({ seed, size: 256, findings: ['Mass'], view: 'PA' })))
}

/** A simulated chest radiograph with attributes of one's choice. */
export async function radiographFile(change: DataSet = {}): Promise<string> {
  const { rows: Rows, columns: Columns, pixels } = drawPhantom({ seed: 3, size: 256, photometric: 'MONOCHROME2' })
  const PixelData = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength)
  return dxFile({ Rows, Columns, BitsAllocated: 16, BitsStored: 12, HighBit: 11, PixelData, ...change })
}
