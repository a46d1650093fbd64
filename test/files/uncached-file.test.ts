import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pageAligned } from '../../src/files/block-pool.ts'
import { UncachedFile, writesDirectly } from '../../src/files/uncached-file.ts'
import { temporaryFolder } from '../support/needs.ts'

const PAGE = 4096

/** The bytes in page-aligned memory. */
function aligned(bytes: Buffer): Buffer {
  const memory = pageAligned(Math.ceil(bytes.length / PAGE) * PAGE)
  bytes.copy(memory)
  return memory.subarray(0, bytes.length)
}

/** Whether this process has the file open with O_DIRECT, as the system tells it (proc(5), octal). */
async function opensDirectly(path: string): Promise<boolean> {
  for (const descriptor of await readdir('/proc/self/fd')) {
    if ((await readlink(`/proc/self/fd/${descriptor}`).catch(() => '')) !== path) continue
    const flags = /^flags:\s*(\d+)$/m.exec(await readFile(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1] ?? ''
    return (Number.parseInt(flags, 8) & constants.O_DIRECT) !== 0
  }
  throw new Error('the file is not open')
}

test.each([false, true])('what was written is in the file, whole pages or not (direct: %s)', async (wanted) => {
  const folder = await temporaryFolder()
  // Where the file system takes no direct writes both cases are the same.
  const direct = wanted && (await writesDirectly(join(folder, 'probe')))
  const content = randomBytes(5 * PAGE + 1234)
  const path = join(folder, 'file')
  const file = await UncachedFile.create(path, direct)
  expect(await opensDirectly(path)).toBe(direct)
  await file.write(aligned(content.subarray(0, 2 * PAGE)), 0)
  await file.write(aligned(content.subarray(2 * PAGE)), 2 * PAGE)
  const later = randomBytes(32)
  later.copy(content, 300)
  await file.write(later, 300)
  await file.datasync()
  file.close()
  expect(await readFile(path)).toEqual(content)
})

test('a file of less than a page', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'file')
  const file = await UncachedFile.create(path, await writesDirectly(join(folder, 'probe')))
  await file.write(Buffer.from('short'), 0)
  await file.datasync()
  file.close()
  expect(await readFile(path, 'utf8')).toBe('short')
})

test('it is for its owner alone, and never one that is there', async () => {
  const path = join(await temporaryFolder(), 'file')
  const file = await UncachedFile.create(path, false)
  file.close()
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  await expect(UncachedFile.create(path, false)).rejects.toMatchObject({ code: 'EEXIST' })
})

test('whether a file system takes direct writes is known as dd knows it, and nothing is left of the question', async () => {
  expect(await writesDirectly('/proc/self/mcads-probe')).toBe(false)
  const path = join(await temporaryFolder(), 'probe')
  const page = ['if=/dev/zero', `of=${path}.dd`, 'bs=4096', 'count=1', 'oflag=direct']
  expect(await writesDirectly(path)).toBe(spawnSync('dd', page).status === 0)
  await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
})
