import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SR_CLASSES } from '../../src/report/build-sr.ts'
import { describeWith } from '../support/needs.ts'
import { cells, OUTCOMES, SOURCES, TWELVE_SETS } from '../validate/matrix.ts'
import { pairwise } from '../validate/pairwise.ts'
import { type Findings, reportIn, runMatrix } from '../validate/run-matrix.ts'
import { pixelmedMany } from '../validate/validate-many.ts'

describe('rows in which every two values meet', () => {
  const sizes = [3, 4, 12, 4]
  const rows = pairwise(sizes)

  test('hold every pair of values of every two factors', () => {
    for (let i = 0; i < sizes.length; i++)
      for (let j = i + 1; j < sizes.length; j++)
        for (let a = 0; a < (sizes[i] ?? 0); a++)
          for (let b = 0; b < (sizes[j] ?? 0); b++) expect(rows.some((row) => row[i] === a && row[j] === b)).toBe(true)
  })

  test('are few: hardly more than the two largest factors ask for', () => {
    expect(rows.length).toBeGreaterThanOrEqual(48)
    expect(rows.length).toBeLessThanOrEqual(56)
  })
})

describeWith(
  ['dciodvfy', 'dcentvfy', 'dsrdump', 'javac', '/usr/share/java/pixelmed.jar'],
  'the matrix of results',
  () => {
    const all = cells(TWELVE_SETS)
    let folder = ''
    let findings: Findings
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'mcads-test-'))
      findings = await runMatrix(all, folder)
    }, 180_000)
    afterAll(() => rm(folder, { recursive: true, force: true }))

    test('passes dciodvfy, dsrdump and dcentvfy in every object, made twice with the same bytes', () => {
      expect(findings.complaints).toEqual([])
      for (const sopClassUid of SR_CLASSES) expect(findings.counts[sopClassUid]).toBe(all.length)
      expect(all.length).toBe(OUTCOMES.length * Object.keys(SOURCES).length * 12)
    })

    test('passes PixelMed in a sample in which every two of class, outcome and source meet, each in another character set', async () => {
      const sources = Object.keys(SOURCES)
      const rows = pairwise([OUTCOMES.length, sources.length, SR_CLASSES.length])
      const paths = rows.map(([outcome = 0, source = 0, sopClass = 0], i) => {
        const cell = all.find(
          (each) =>
            each.outcome === OUTCOMES[outcome] && each.source === sources[source] && each.set === TWELVE_SETS[i % 12],
        )
        return (cell && reportIn(findings.written, cell, sopClass)?.path) ?? ''
      })
      expect(new Set(paths).size).toBeGreaterThanOrEqual(16)
      expect(await pixelmedMany(paths)).toEqual(new Map())
    }, 180_000)
  },
)
