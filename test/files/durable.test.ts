import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FolderSync, writeAll } from '../../src/files/durable.ts'
import { storageFailure } from '../../src/files/storage-failure.ts'
import { temporaryFolder } from '../support/needs.ts'

test('all is written when the disk takes less at a time than it was given', async () => {
  const path = join(await temporaryFolder(), 'file')
  await using file = await open(path, 'w')
  // As a disk that is nearly full does it: five bytes of whatever it is given.
  await writeAll(
    (rest, done) => file.write(rest, 0, Math.min(5, rest.length), done),
    Buffer.from('abcdefghijklmnopqrstuv'),
  )
  expect(await readFile(path, 'utf8')).toBe('abcdefghijklmnopqrstuv')
})

test('a full device is DISK_FULL, anything else STORAGE_FAILED, and neither message names a path', async () => {
  await using full = await open('/dev/full', 'w')
  const error: unknown = await writeAll((rest) => full.write(rest), Buffer.alloc(1000)).catch((thrown) => thrown)
  expect(storageFailure(error)).toMatchObject({ code: 'DISK_FULL', retry: 'transient' })
  const missing: unknown = await open('/nowhere/at/all').catch((thrown) => thrown)
  expect(storageFailure(missing)).toMatchObject({
    code: 'STORAGE_FAILED',
    message: 'the instance store failed: ENOENT',
  })
})

test('those who make renames durable at the same time share an fsync, and a failure reaches each of them', async () => {
  const folder = new FolderSync(await temporaryFolder())
  await Promise.all([folder.sync(), folder.sync(), folder.sync(), folder.sync()])
  const gone = new FolderSync('/nowhere')
  const failures = await Promise.allSettled([gone.sync(), gone.sync(), gone.sync()])
  expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
})
