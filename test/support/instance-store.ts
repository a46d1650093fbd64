import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { asFailure } from '../../src/failure.ts'
import { type InstanceFiles, openInstanceFiles, type StoredInstance } from '../../src/files/instance-files.ts'
import { incoming } from './incoming.ts'
import { temporaryFolder } from './needs.ts'

type Options = { minimumFreeBytes?: number; maximumInstanceBytes?: number; unreadable?: string[] }

export async function opened({ unreadable = [], ...limits }: Options = {}) {
  const directory = await temporaryFolder()
  const files = await openInstanceFiles({
    ...{ directory, minimumFreeBytes: 0, maximumInstanceBytes: 1e9, ...limits },
    onUnreadable: (id, { code }) => void unreadable.push(`${id} ${code}`),
  })
  const names = async (folder: string) =>
    (await readdir(join(directory, folder), { recursive: true })).filter((name) => name.includes('.'))
  return { directory, files, names }
}

export async function receive(files: InstanceFiles, dataSet: Buffer, uid?: string): Promise<StoredInstance> {
  const sink = files.openSink(incoming(uid))
  try {
    for (let at = 0; at < dataSet.length; at += 60_000) await sink.write(dataSet.subarray(at, at + 60_000))
  } catch (error) {
    await sink.discard(asFailure(error, 'INTERNAL'))
    throw error
  }
  return sink.finish()
}

export async function collect<T>(generator: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const each of generator) all.push(each)
  return all
}

/** As `receive` told them; the time is the file's then, which is a moment later. */
export function expectRebuilt(found: StoredInstance[], received: StoredInstance[]): void {
  const timeless = (instances: StoredInstance[]) => instances.map(({ receivedAt: _, ...rest }) => rest)
  expect(timeless(found)).toEqual(timeless(received))
  for (const [at, { receivedAt }] of found.entries())
    expect(Math.abs(Number(receivedAt) - Number(received[at]?.receivedAt))).toBeLessThan(1000)
}
