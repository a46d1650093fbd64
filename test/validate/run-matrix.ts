import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SR_CLASSES } from '../../src/report/build-sr.ts'
import { isAboutDicomdir } from '../support/complaints.ts'
import { type Cell, objectsOf, sourceFile } from './matrix.ts'
import { dcentvfyMany, dciodvfyMany, dsrdumpMany } from './validate-many.ts'

/** An object of the matrix in a file. */
export type Written = { readonly cell: Cell; readonly sopClassUid: string; readonly path: string }

export type Findings = {
  readonly written: readonly Written[]
  /** Of every SR class how many objects there are, and so on. */
  readonly counts: Readonly<Record<string, number>>
  readonly complaints: readonly string[]
  /** SHA-256 over all objects, in order. */
  readonly digest: string
}

/** A source without date, time and id of its study has results without them; GBK is younger than dicom3tools. */
const isExpected = ({ source, set }: Cell, complaint: string) =>
  (source.includes('missing') && isAboutDicomdir(complaint)) ||
  (set.terms === 'GBK' && /character repertoire|Unrecognized defined term = <GBK>/.test(complaint))

async function write(cell: Cell, number: number, folder: string, digest: ReturnType<typeof createHash>) {
  const source = sourceFile(cell)
  const [made, again] = [await objectsOf(cell, source), await objectsOf(cell)]
  const sourcePath = join(folder, `${number}-source.dcm`)
  await writeFile(sourcePath, source)
  const unstable: string[] = []
  const written: Written[] = []
  for (const [i, { sopClassUid, bytes }] of made.entries()) {
    const path = join(folder, `${number}-${i}-${sopClassUid}.dcm`)
    digest.update(bytes)
    if (Buffer.compare(bytes, again[i]?.bytes ?? new Uint8Array()) !== 0)
      unstable.push(`${path}: other bytes when made again`)
    await writeFile(path, bytes)
    written.push({ cell, sopClassUid, path })
  }
  return { sourcePath, written, unstable }
}

/** Accession Number is of several entities in its tables; what the source lacks is empty in results (Type 2). */
const isExpectedDifference = (line: string, cells: readonly Cell[]) => {
  const [, number] = /\/(\d+)-source\.dcm>/.exec(line) ?? []
  return (
    /^Warning - Different information entities for attribute - Element=<AccessionNumber>/.test(line) ||
    (line.startsWith('Warning - Attribute present in one instance but not the other') &&
      cells[Number(number)]?.source.includes('missing'))
  )
}

/** Writes every object of these cells into the folder and validates them all, but for PixelMed's part. */
export async function runMatrix(cells: readonly Cell[], folder: string): Promise<Findings> {
  const digest = createHash('sha256')
  const all = []
  for (const [number, cell] of cells.entries()) all.push(await write(cell, number, folder, digest))
  const written = all.flatMap((each) => each.written)
  const paths = written.map(({ path }) => path)
  const documents = paths.filter((path) => path.includes('1.1.88.'))
  const [invalid, unread, different] = [
    await dciodvfyMany(paths),
    await dsrdumpMany(documents),
    await dcentvfyMany([...all.map(({ sourcePath }) => sourcePath), ...paths]),
  ]
  const wrong = written.flatMap(({ cell, path }) =>
    (invalid.get(path) ?? []).filter((line) => !isExpected(cell, line)).map((line) => `${path}: ${line}`),
  )
  const classes = new Set(written.map(({ sopClassUid }) => sopClassUid))
  const count = (uid: string) => written.filter(({ sopClassUid }) => sopClassUid === uid).length
  return {
    written,
    counts: Object.fromEntries([...classes].map((uid) => [uid, count(uid)])),
    complaints: [
      ...all.flatMap(({ unstable }) => unstable),
      ...wrong,
      ...unread,
      ...different.filter((line) => !isExpectedDifference(line, cells)),
    ],
    digest: digest.digest('hex'),
  }
}

/** The SR of the matrix in one of its classes. */
export const reportIn = (written: readonly Written[], cell: Cell, classNumber: number): Written | undefined =>
  written.find((each) => each.cell === cell && each.sopClassUid === SR_CLASSES[classNumber])
