import { execFile } from 'node:child_process'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { SopClass } from '../../../src/dicom/sop-classes.ts'
import { TransferSyntax } from '../../../src/dicom/transfer-syntaxes.ts'
import { encodeInstance } from '../../../src/dicom/write-instance.ts'
import { CommandField } from '../../../src/dimse/command.ts'
import { contextIdOf } from '../../../src/dimse/proposal.ts'
import { openAssociation } from '../../../src/dimse/requestor.ts'
import type { Batch } from './instances.ts'
import { cpuSeconds, watchMemory } from './process-tree.ts'
import { push } from './push.ts'
import type { Receiver } from './receivers.ts'

export type Cell = {
  readonly receiver: Receiver['name'] | 'disk alone'
  readonly kind: Batch['kind']
  readonly senders: number
  readonly megabytesPerSecond: number
  readonly instancesPerSecond: number
  readonly peakBytes: number
  readonly cpuSecondsPerGigabyte: number
}

/** What others wrote before is on the disk, and costs this measurement nothing. */
export const settleDisk = () => promisify(execFile)('sync')

/** One push of the batch, of which nothing is left afterwards. @throws when an instance is missing */
export async function measurePush(receiver: Receiver, batch: Batch, senders: number): Promise<Cell> {
  await settleDisk()
  const stopWatching = watchMemory(receiver.pid)
  const cpuBefore = cpuSeconds(receiver.pid)
  const startedAt = performance.now()
  await push(receiver, batch.files, senders)
  const seconds = (performance.now() - startedAt) / 1000
  const cpu = cpuSeconds(receiver.pid) - cpuBefore
  const peakBytes = stopWatching()
  const held = await receiver.count()
  if (held !== batch.files.length) throw new Error(`${receiver.name} holds ${held} of ${batch.files.length} instances`)
  await receiver.empty()
  return {
    ...{ receiver: receiver.name, kind: batch.kind, senders },
    megabytesPerSecond: batch.bytes / 1e6 / seconds,
    instancesPerSecond: batch.files.length / seconds,
    peakBytes,
    cpuSecondsPerGigabyte: cpu / (batch.bytes / 1e9),
  }
}

const HUGE = { rows: 30_000, columns: 33_000 }

/** One instance of 1.98 GB, of which only the beginning takes room on the disk here. */
async function hugeFile(folder: string): Promise<string> {
  const path = join(folder, 'huge.dcm')
  const uid = (last: number) => `2.25.${Date.now()}${last}`
  const encoded = encodeInstance({
    ...{ SOPClassUID: SopClass.ComputedRadiographyImageStorage, SOPInstanceUID: uid(1) },
    ...{ StudyInstanceUID: uid(2), SeriesInstanceUID: uid(3), Modality: 'CR' },
    ...{ SamplesPerPixel: 1, PhotometricInterpretation: 'MONOCHROME2', Rows: HUGE.rows, Columns: HUGE.columns },
    ...{ BitsAllocated: 16, BitsStored: 12, HighBit: 11, PixelRepresentation: 0, PixelData: new Uint8Array(0) },
  })
  const bytes = HUGE.rows * HUGE.columns * 2
  // The last four bytes are the length of Pixel Data.
  const head = Buffer.from(encoded)
  head.writeUInt32LE(bytes, head.length - 4)
  const file = await open(path, 'w')
  await file.write(head)
  await file.truncate(head.length + bytes)
  await file.close()
  return path
}

/** Memory while one instance of 2 GB comes. */
export async function measureHuge(receiver: Receiver, folder: string): Promise<number> {
  const file = await hugeFile(folder)
  const stopWatching = watchMemory(receiver.pid)
  await push(receiver, [file], 1)
  const peak = stopWatching()
  await receiver.empty()
  await rm(file)
  return peak
}

export type Echoes = {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly longestMs: number
}

const PAUSE_MS = 5

/** C-ECHO on an association of its own, again and again, while so many senders push the batch. */
export async function measureEcho(receiver: Receiver, batch: Batch, senders: number, pushes: number): Promise<Echoes> {
  const { port, calledAeTitle } = receiver
  const peer = { host: '127.0.0.1', port, calledAeTitle, callingAeTitle: 'BENCH', timeoutMs: 10_000 }
  const verification = {
    abstractSyntax: SopClass.Verification,
    transferSyntaxes: [TransferSyntax.ImplicitVrLittleEndian],
  }
  const association = await openAssociation(peer, [verification])
  const times: number[] = []
  let pushing = true
  const pushed = (async () => {
    for (let left = pushes; left > 0; left--) await push(receiver, batch.files, senders)
  })().finally(() => {
    pushing = false
  })
  while (pushing) {
    const startedAt = performance.now()
    await association.request(contextIdOf(0), { field: CommandField.CEchoRq, sopClassUid: SopClass.Verification })
    times.push(performance.now() - startedAt)
    await sleep(PAUSE_MS)
  }
  await pushed
  await association.release()
  await receiver.empty()
  const sorted = times.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0
  return { count: times.length, p50Ms: at(0.5), p99Ms: at(0.99), longestMs: at(1) }
}
