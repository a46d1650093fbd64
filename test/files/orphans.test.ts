import { readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openFolders } from '../../src/files/folders.ts'
import { removeOrphans, removeUntouched } from '../../src/files/orphans.ts'
import { saveResult } from '../../src/files/results.ts'
import { temporaryFolder } from '../support/needs.ts'

const HOUR_MS = 3_600_000

/** Results, of which those in `rows` are named; time that passes when it is told to. */
async function store() {
  const folders = await openFolders(await temporaryFolder())
  const rows = new Set<string>()
  let beforeLooking = async () => {}
  const findUnnamed = async (names: readonly string[]) => {
    await beforeLooking()
    return names.filter((name) => !rows.has(name))
  }
  const path = (name: string) => join(folders.results, name)
  return {
    ...{ folders, rows, path },
    save: async (text: string) => (await saveResult(folders, Buffer.from(text), 'dcm')).file,
    async letPass(...names: string[]) {
      const then = new Date(Date.now() - 48 * HOUR_MS)
      for (const name of names) await utimes(path(name), then, then)
    },
    sweep: () => removeOrphans(folders, { olderThanMs: 24 * HOUR_MS, findUnnamed }),
    names: async () => (await readdir(folders.results)).sort(),
    onLooking: (work: () => Promise<void>) => {
      beforeLooking = work
    },
  }
}

test('what no row names and is old leaves, aside in one turn and for good in the next; what is named or young stays', async () => {
  const { folders, rows, path, save, letPass, sweep, names } = await store()
  const [named, young, orphan] = [await save('named'), await save('young'), await save('orphan')]
  const map = (await saveResult(folders, Buffer.from('map'), 'npy')).file
  const other = await save('other')
  rows.add(named).add(other)
  await writeFile(path('a note of the administrator'), 'keep')
  await letPass(named, other, orphan, map, 'a note of the administrator')
  expect(await sweep()).toEqual({ removed: 0, left: 0 })
  expect(await names()).toEqual(
    [named, young, other, `${orphan}.leaving`, `${map}.leaving`, 'a note of the administrator'].sort(),
  )
  expect(await sweep()).toEqual({ removed: 2, left: 0 })
  expect(await sweep()).toEqual({ removed: 0, left: 0 })
  expect(await names()).toEqual([named, young, other, 'a note of the administrator'].sort())
})

test('one that is put aside, and named after all, comes back', async () => {
  const { rows, path, save, letPass, sweep, names } = await store()
  const [named, orphan] = [await save('named'), await save('orphan')]
  rows.add(named)
  await letPass(orphan)
  await sweep()
  rows.add(orphan)
  expect(await sweep()).toEqual({ removed: 0, left: 0 })
  expect(await names()).toEqual([named, orphan].sort())
  expect(await readFile(path(orphan), 'utf8')).toBe('orphan')
})

test('a writer that takes an old file up while it is looked at keeps it', async () => {
  const { rows, save, letPass, sweep, names, onLooking } = await store()
  const [named, orphan] = [await save('named'), await save('orphan')]
  rows.add(named)
  await letPass(orphan)
  // Its row is not there yet when the sweep asks.
  onLooking(async () => void (await save('orphan')))
  await sweep()
  expect(await names()).toEqual([named, orphan].sort())
})

test('a writer that takes it up when it was looked at has it back in the same turn', async () => {
  const { rows, path, save, letPass, sweep, names, onLooking } = await store()
  // More than are looked at together, so that the first are looked at before the last are asked for.
  for (let i = 0; i < 1200; i++) {
    const name = `${i.toString(16).padStart(64, '0')}.dcm`
    await writeFile(path(name), '')
    rows.add(name)
  }
  const texts = Array.from({ length: 20 }, (_, i) => `result ${i}`)
  const orphans = await Promise.all(texts.map(save))
  await letPass(...orphans)
  let looks = 0
  onLooking(async () => {
    if (++looks === 2) await Promise.all(texts.map(save))
  })
  await sweep()
  expect(looks).toBe(2)
  expect(await names()).toEqual([...rows, ...orphans].sort())
})

test('a writer that comes when it is put aside writes it anew', async () => {
  const { rows, save, letPass, sweep, names, path } = await store()
  const [named, orphan] = [await save('named'), await save('orphan')]
  rows.add(named)
  await letPass(orphan)
  await sweep()
  expect(await save('orphan')).toBe(orphan)
  rows.add(orphan)
  await sweep()
  expect(await names()).toEqual([named, orphan].sort())
  expect(await readFile(path(orphan), 'utf8')).toBe('orphan')
})

test('several sweeps at once, and writers that take up what they look at, lose nothing', async () => {
  const { rows, save, letPass, sweep, names } = await store()
  const texts = Array.from({ length: 150 }, (_, i) => `result ${i}`)
  const kept = await Promise.all(texts.map((text) => save(`kept ${text}`)))
  for (const name of kept) rows.add(name)
  for (let round = 0; round < 4; round++) {
    const old = await Promise.all(texts.map((text) => save(`${round} ${text}`)))
    await letPass(...old)
    const write = async (text: string) => {
      await sleep(Math.random() * 25)
      const name = await save(`${round} ${text}`)
      await sleep(Math.random() * 10)
      rows.add(name)
    }
    // Half of them are taken up.
    const writers = texts.filter((_, i) => i % 2 === 0).map(write)
    await Promise.all([...writers, sweep(), sleep(5).then(sweep), sleep(15).then(sweep)])
    await sweep()
    await sweep()
    expect(await names()).toEqual([...rows].sort())
  }
}, 30_000)

test('a folder of which rows name less than half is left as it is: it may be of another database', async () => {
  const { rows, save, letPass, sweep, names } = await store()
  const all = [await save('one'), await save('two'), await save('three')]
  await letPass(...all)
  rows.add(all[0] ?? '')
  expect(await sweep()).toEqual({ removed: 0, left: 2 })
  expect(await names()).toEqual([...all].sort())
})

test('results that nobody saved lately are taken away; what somebody did is still there, and is no orphan', async () => {
  const { folders, rows, path, save, letPass, sweep, names } = await store()
  const [old, shared] = [await save('old'), await save('shared')]
  await letPass(old, shared)
  expect(await save('shared')).toBe(shared)
  await removeUntouched(folders, [old, shared, `${'0'.repeat(64)}.npy`], 24 * HOUR_MS)
  expect(await names()).toEqual([shared])
  expect(await readFile(path(shared), 'utf8')).toBe('shared')
  rows.add(shared)
  expect(await sweep()).toEqual({ removed: 0, left: 0 })
})

test('whoever saves what is being taken away at that moment has it', async () => {
  const { folders, save, letPass, names } = await store()
  const texts = Array.from({ length: 200 }, (_, i) => `map ${i}`)
  for (let round = 0; round < 3; round++) {
    const files = await Promise.all(texts.map(save))
    await letPass(...files)
    const write = async (text: string) => {
      await sleep(Math.random() * 15)
      await save(text)
    }
    await Promise.all([removeUntouched(folders, files, 24 * HOUR_MS), ...texts.map(write)])
    expect(await names()).toEqual([...files].sort())
  }
})
