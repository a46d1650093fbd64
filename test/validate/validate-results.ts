import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { SR_CLASSES } from '../../src/report/build-sr.ts'
import { cells, OUTCOMES, PIXELMED_SETS, SOURCES } from './matrix.ts'
import { pairwise } from './pairwise.ts'
import { reportIn, runMatrix } from './run-matrix.ts'
import { pixelmedMany } from './validate-many.ts'

const OTHER_DOCUMENTS: readonly string[] = [SopClass.BasicTextSrStorage, SopClass.KeyObjectSelectionDocumentStorage]

/** The whole matrix through every validator; PixelMed sees every two values of class, outcome, source and character set. */
async function validateResults(folder: string): Promise<boolean> {
  const all = cells()
  const { written, counts, complaints, digest } = await runMatrix(all, folder)
  for (const [sopClassUid, count] of Object.entries(counts)) console.log(`${sopClassUid}: ${count} objects`)
  console.log(
    `dciodvfy, dsrdump, dcentvfy: ${written.length} objects, ${complaints.length} complaints, digest ${digest}`,
  )
  for (const complaint of complaints.slice(0, 50)) console.log(`  ${complaint}`)
  const sources = Object.keys(SOURCES)
  const rows = pairwise([OUTCOMES.length, sources.length, PIXELMED_SETS.length, SR_CLASSES.length])
  const paths = rows.map(([outcome = 0, source = 0, set = 0, sopClass = 0]) => {
    const cell = all.find(
      (each) =>
        each.outcome === OUTCOMES[outcome] && each.source === sources[source] && each.set === PIXELMED_SETS[set],
    )
    return (cell && reportIn(written, cell, sopClass)?.path) ?? ''
  })
  const others = written.filter(
    ({ cell, sopClassUid }) => cell.set.terms === 'ISO_IR 192' && OTHER_DOCUMENTS.includes(sopClassUid),
  )
  const judged = await pixelmedMany([...paths, ...others.map(({ path }) => path)])
  console.log(
    `PixelMed: ${paths.length} of ${all.length * SR_CLASSES.length} reports (pairwise) and ${others.length} other documents, ${judged.size} with complaints`,
  )
  for (const [path, lines] of judged) console.log(`  ${path}\n    ${lines.slice(0, 5).join('\n    ')}`)
  return complaints.length === 0 && judged.size === 0
}

const folder = await mkdtemp(join(tmpdir(), 'mcads-validate-'))
try {
  process.exitCode = (await validateResults(folder)) ? 0 : 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
