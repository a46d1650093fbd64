/**
 * How fast the node receives, beside others: `npm run bench:receive -- [--quick] [--rounds N] [--json | --markdown]`.
 * Needs Debian's dcmtk and orthanc. The receivers take turns within each round, so that their ratios hold on a machine
 * that does other things as well; the absolute figures do not.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Resources } from '../../src/lifecycle.ts'
import { measureDisk } from './receive/disk-alone.ts'
import { makeBatch } from './receive/instances.ts'
import { type Cell, measureEcho, measureHuge, measurePush } from './receive/measure.ts'
import { startNode, startOrthanc, startRaw, startStorescp } from './receive/receivers.ts'
import { barsOf, type Measured, tablesOf } from './receive/tables.ts'

const SENDERS = [1, 4, 16]
/** About a gigabyte a push: the senders take up to a second to start. */
const COUNTS = { CR: 96, 'CT-size': 1920 }
const QUICK_COUNTS = { CR: 16, 'CT-size': 96 }
const flag = { type: 'boolean', default: false } as const
const { values } = parseArgs({
  options: { quick: flag, json: flag, markdown: flag, rounds: { type: 'string' } },
})
const quick = values.quick
const rounds = Number(values.rounds ?? (quick ? 1 : 3))
const say = (words: string) => process.stderr.write(`${words}\n`)

function told(round: number, cell: Cell): Cell {
  const { kind, senders, receiver, megabytesPerSecond, cpuSecondsPerGigabyte, peakBytes } = cell
  say(
    `round ${round} ${kind} ${senders} senders ${receiver}: ${megabytesPerSecond.toFixed(0)} MB/s, ` +
      `${cpuSecondsPerGigabyte.toFixed(2)} CPU-s/GB, ${(peakBytes / 1e6).toFixed(0)} MB`,
  )
  return cell
}

async function measure(resources: Resources): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'mcads-bench-'))
  resources.defer(() => rm(folder, { recursive: true, force: true }))
  // The embedded PostgreSQL has a user of its own, who passes through.
  await chmod(folder, 0o711)
  const counts = quick ? QUICK_COUNTS : COUNTS
  const batches = [
    await makeBatch(folder, 'CR', { rows: 2500, columns: 2048, count: counts.CR }),
    await makeBatch(folder, 'CT-size', { rows: 512, columns: 512, count: counts['CT-size'] }),
  ]
  const node = await startNode(resources, folder, 'plain')
  const receivers = [
    node,
    await startNode(resources, folder, 'tls'),
    await startStorescp(resources, folder),
    await startOrthanc(resources, folder),
    await startRaw(resources, folder, 'raw'),
    await startRaw(resources, folder, 'raw, synced'),
  ]
  // A receiver runs for weeks: what a new process does more slowly is not what is asked.
  for (const batch of batches)
    for (const receiver of receivers) {
      await batch.renew()
      await measurePush(receiver, batch, 4)
    }
  const cells: Cell[] = []
  for (let round = 1; round <= rounds; round++)
    for (const batch of batches)
      for (const senders of SENDERS) {
        for (const receiver of receivers) {
          await batch.renew()
          cells.push(told(round, await measurePush(receiver, batch, senders)))
        }
        cells.push(told(round, await measureDisk(folder, batch, senders)))
      }
  await batches[0]?.renew()
  const [radiographs] = batches
  if (!radiographs) throw new Error('no batch')
  const echoes = await measureEcho(node, radiographs, 8, quick ? 1 : 4)
  return { cells, echoes, hugePeakBytes: await measureHuge(node, folder) }
}

const resources = new Resources()
try {
  const measured = await measure(resources)
  const bars = barsOf(measured)
  const machine = `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node.js ${process.version}`
  if (values.json) console.log(JSON.stringify({ machine, rounds, ...measured, bars }))
  else console.log(`${new Date().toISOString().slice(0, 10)}, ${machine}, ${rounds} rounds\n\n${tablesOf(measured)}`)
  if (!bars.every(({ met }) => met)) process.exitCode = 1
} finally {
  await resources[Symbol.asyncDispose]()
}
