import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseHeader } from '../../src/dicom/header.ts'
import { encodeInstance } from '../../src/dicom/write-instance.ts'
import { buildResults } from '../../src/report/build-results.ts'
import { RESULT_OBJECTS, type ResultWish } from '../../src/study/result-object.ts'
import { dcmtk } from '../support/dcmtk.ts'
import { corpus, describeWith } from '../support/needs.ts'
import { CHARACTER_SETS } from './character-sets.ts'
import { COMPLETE_SOURCE, noFindings, resultInput } from './synthetic-result.ts'

const PYTHON = '/usr/bin/python3'
const PYDICOM = '/usr/lib/python3/dist-packages/pydicom'
const SCRIPT = join(import.meta.dirname, '../support/decoded-text.py')

type Texts = Record<string, string>
type Objects = ResultWish['objects']
type Written = { readonly label: string; readonly source: string; readonly results: readonly string[] }

/** What pydicom reads in each file; one process for all, it is slow to start. */
async function decoded(paths: readonly string[]): Promise<Map<string, Texts>> {
  const { output } = await dcmtk(PYTHON, SCRIPT, ...paths)
  const texts: Texts[] = JSON.parse(output)
  return new Map(paths.map((path, i) => [path, texts[i] ?? {}]))
}

/** Results of a source without findings. */
async function writeResults(folder: string, label: string, part10: Uint8Array, objects: Objects): Promise<string[]> {
  const header = parseHeader(part10)
  // Some of the corpus' files have no pixels, and so no size.
  const source = { ...header, number: (keyword: string) => header.number(keyword) ?? 32 }
  const input = resultInput(source, { findings: noFindings, maps: new Map() })
  const { instances } = await buildResults(input, [{ name: 'all', objects, scCompression: 'none' }])
  return Promise.all(
    instances.map(async ({ sopClassUid, bytes }, i) => {
      const path = join(folder, `${label.replace(/\W+/g, '-')}-${i}-${sopClassUid}.dcm`)
      await writeFile(path, bytes)
      return path
    }),
  )
}

const sourceIn = ({ terms, nameBytes, textBytes }: (typeof CHARACTER_SETS)[number]) =>
  encodeInstance({
    ...COMPLETE_SOURCE,
    SpecificCharacterSet: terms.split('\\'),
    PatientName: nameBytes,
    ReferringPhysicianName: nameBytes,
    StudyDescription: textBytes,
  })

describeWith([PYTHON, PYDICOM, 'corpus', 'dsrdump'], 'names and texts of the source in every result', () => {
  const written: Written[] = []
  let read: Map<string, Texts>
  let folder = ''
  afterAll(() => rm(folder, { recursive: true, force: true }))

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcads-test-'))
    for (const set of CHARACTER_SETS) {
      const source = join(folder, `${set.label.replace(/\W+/g, '-')}.dcm`)
      await writeFile(source, sourceIn(set))
      const results = await writeResults(folder, set.label, sourceIn(set), RESULT_OBJECTS)
      written.push({ label: set.label, source, results })
    }
    for (const name of (await readdir(corpus('dicom/charset'))).sort()) {
      const source = corpus(`dicom/charset/${name}`)
      // One has names in its items only and nothing around them: no node could have received it.
      if (!parseHeader(await readFile(source)).has('StudyInstanceUID')) continue
      written.push({ label: name, source, results: await writeResults(folder, name, await readFile(source), ['sr']) })
    }
    read = await decoded(written.flatMap(({ source, results }) => [source, ...results]))
  }, 120_000)

  test('are what pydicom reads in the source, for every character set and every file of the corpus', () => {
    expect(written.length).toBeGreaterThanOrEqual(CHARACTER_SETS.length + 13)
    for (const { label, source, results } of written) {
      const expected = read.get(source)
      expect(Object.keys(expected ?? {}).length, label).toBeGreaterThan(0)
      for (const result of results) expect(read.get(result), label).toEqual(expected)
    }
  })

  test('are the characters that were written', () => {
    for (const { label, name, text } of CHARACTER_SETS) {
      const source = written.find((each) => each.label === label)?.source ?? ''
      expect(read.get(source)?.PatientName?.replace(/=+$/, ''), label).toBe(name)
      expect(read.get(source)?.StudyDescription, label).toBe(text)
    }
  })

  test('are what the node itself reads', async () => {
    for (const { label, results } of written) {
      const [first = ''] = results
      const own = parseHeader(await readFile(first)).text('PatientName')
      expect(own?.replace(/=+$/, ''), label).toBe(read.get(first)?.PatientName?.replace(/=+$/, ''))
    }
  })

  test('stop no viewer: dsrdump reads every report', async () => {
    const reports = written.flatMap(({ results }) => results.filter((path) => path.includes('1.1.88.')))
    const { exitCode, output } = await dcmtk('dsrdump', '-q', '-Ec', ...reports)
    expect([exitCode, output.match(/^[EF]: .*/gm)]).toEqual([0, null])
  }, 60_000)
})
