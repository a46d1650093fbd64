import { execFileSync } from 'node:child_process'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { asFailure } from '../../src/failure.ts'
import { type InstanceFiles, openInstanceFiles } from '../../src/files/instance-files.ts'
import { imageDataSet, incoming } from '../support/incoming.ts'
import { temporaryFolder } from '../support/needs.ts'

const open = (directory: string) => openInstanceFiles({ directory, minimumFreeBytes: 0, maximumInstanceBytes: 1e9 })

/** The outcome of each of `count` instances that come at once: `stored`, or the code of its failure. */
async function receiveTogether(files: InstanceFiles, count: number, rows = 100): Promise<string[]> {
  const outcomes = Array.from({ length: count }, async (_, at) => {
    const sink = files.openSink(incoming(`1.2.3.${at}`))
    try {
      await sink.write(imageDataSet({ sopInstanceUid: `1.2.3.${at}`, rows }))
      await sink.finish()
      return 'stored'
    } catch (error) {
      await sink.discard(asFailure(error, 'INTERNAL'))
      return asFailure(error, 'INTERNAL').code
    }
  })
  return Promise.all(outcomes)
}

const filesIn = async (directory: string) =>
  (await Promise.all(['incoming', 'arrived'].map((folder) => readdir(join(directory, folder))))).flat()

/** A file system of a few megabytes, or undefined where we may not mount one. */
async function smallDisk(): Promise<string | undefined> {
  const directory = join(await temporaryFolder(), 'disk')
  await mkdir(directory)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', directory], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  onTestFinished(() => void execFileSync('umount', ['-l', directory]))
  return directory
}

test('a disk that fills up refuses what does not fit, leaves nothing of it, and takes more when there is room', async (context) => {
  const directory = await smallDisk()
  if (!directory) return context.skip('needs the right to mount')
  const files = await open(directory)
  // Those that come at the same time may leave no room for one another; the first does not.
  const outcomes = [...(await receiveTogether(files, 1, 5000)), ...(await receiveTogether(files, 5, 5000))]
  expect(outcomes[0]).toBe('stored')
  expect(new Set(outcomes)).toEqual(new Set(['stored', 'DISK_FULL']))
  const stored = outcomes.filter((each) => each === 'stored')
  expect(await filesIn(directory)).toHaveLength(stored.length)
  for await (const { id } of files.arrived(0)) await files.remove(id)
  expect(await receiveTogether(files, 1, 5000)).toEqual(['stored'])
})

test('storage that is read-only refuses everything, and takes it when it can be written again', async (context) => {
  const directory = await smallDisk()
  if (!directory) return context.skip('needs the right to mount')
  const files = await open(directory)
  execFileSync('mount', ['-o', 'remount,ro', directory])
  expect(await receiveTogether(files, 3)).toEqual(['STORAGE_FAILED', 'STORAGE_FAILED', 'STORAGE_FAILED'])
  execFileSync('mount', ['-o', 'remount,rw', directory])
  expect(await receiveTogether(files, 1)).toEqual(['stored'])
})
