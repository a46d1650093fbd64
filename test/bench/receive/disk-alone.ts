import { randomFillSync } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pageAligned } from '../../../src/files/block-pool.ts'
import { FolderSync } from '../../../src/files/durable.ts'
import { BLOCK_BYTES } from '../../../src/files/growing-file.ts'
import { UncachedFile, writesDirectly } from '../../../src/files/uncached-file.ts'
import type { Batch } from './instances.ts'
import { type Cell, settleDisk } from './measure.ts'

/**
 * What there is to reach: files as large and as many as a push brings, by as many writers as it has senders, written and
 * synced as the node does it, and nothing received.
 */
export async function measureDisk(folder: string, batch: Batch, writers: number): Promise<Cell> {
  const directory = join(folder, 'disk-alone')
  await mkdir(directory)
  const direct = await writesDirectly(join(directory, 'probe'))
  const sync = new FolderSync(directory)
  const count = batch.files.length
  const size = batch.bytes / count
  let next = 0
  const write = async () => {
    const block = randomFillSync(pageAligned(BLOCK_BYTES))
    while (next < count) {
      const file = await UncachedFile.create(join(directory, String(next++)), direct)
      for (let at = 0; at < size; at += BLOCK_BYTES) await file.write(block.subarray(0, size - at), at)
      await Promise.all([file.datasync(), sync.sync()])
      file.close()
    }
  }
  await settleDisk()
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: writers }, write))
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  await rm(directory, { recursive: true })
  return {
    ...{ receiver: 'disk alone', kind: batch.kind, senders: writers, peakBytes: process.memoryUsage.rss() },
    megabytesPerSecond: batch.bytes / 1e6 / seconds,
    instancesPerSecond: count / seconds,
    cpuSecondsPerGigabyte: (user + system) / 1e6 / (batch.bytes / 1e9),
  }
}
