import type * as Fs from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { asFailure } from '../../src/failure.ts'
import { openInstanceFiles } from '../../src/files/instance-files.ts'
import { imageDataSet, incoming } from '../support/incoming.ts'
import { temporaryFolder } from '../support/needs.ts'

type Callback = (error: Error | null) => void

// A disk that can be told to fail, and that says how often a folder was synced: no real one does so on command.
const disk = vi.hoisted(() => ({ folderFails: false, dataFails: 0, folderSyncs: 0 }))
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>()
  const broken = () => Object.assign(new Error('broken disk'), { code: 'EIO' })
  return {
    ...fs,
    fsync(file: number, done: Callback) {
      disk.folderSyncs++
      fs.fsync(file, (error) => done(disk.folderFails ? broken() : error))
    },
    fdatasync(file: number, done: Callback) {
      if (disk.dataFails > 0 && disk.dataFails-- > 0) done(broken())
      else fs.fdatasync(file, done)
    },
  }
})

async function opened() {
  const directory = await temporaryFolder()
  const files = await openInstanceFiles({ directory, minimumFreeBytes: 0, maximumInstanceBytes: 1e9 })
  Object.assign(disk, { folderFails: false, dataFails: 0, folderSyncs: 0 })
  const receive = async (uid: string) => {
    const sink = files.openSink(incoming(uid))
    sink.write(imageDataSet({ sopInstanceUid: uid }))
    return sink.finish().then(
      () => 'stored',
      (error: unknown) => asFailure(error, 'INTERNAL').code,
    )
  }
  const receiveTogether = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, at) => receive(`1.2.3.${at}`)))
  const left = async () =>
    (await Promise.all(['incoming', 'arrived'].map((folder) => readdir(join(directory, folder))))).flat()
  return { receiveTogether, left }
}

test('instances that come together share the syncs of their folder', async () => {
  const { receiveTogether, left } = await opened()
  expect(await receiveTogether(20)).toEqual(Array.from({ length: 20 }, () => 'stored'))
  expect(disk.folderSyncs).toBeLessThan(20)
  expect(await left()).toHaveLength(20)
})

test('a sync of the folder that fails fails all that waited for it: none is acknowledged, and nothing of them is found later', async () => {
  const { receiveTogether, left } = await opened()
  disk.folderFails = true
  expect(new Set(await receiveTogether(8))).toEqual(new Set(['STORAGE_FAILED']))
  expect(await left()).toEqual([])
  disk.folderFails = false
  expect(await receiveTogether(1)).toEqual(['stored'])
})

test("one instance's data that cannot be synced is that instance's failure alone", async () => {
  const { receiveTogether, left } = await opened()
  disk.dataFails = 1
  const outcomes = await receiveTogether(5)
  expect(outcomes.filter((each) => each === 'STORAGE_FAILED')).toHaveLength(1)
  expect(outcomes.filter((each) => each === 'stored')).toHaveLength(4)
  expect(await left()).toHaveLength(4)
})
