/**
 * How fast the node sends, beside DCMTK's storescu, both into DCMTK's storescp: `npm run bench:send -- [--quick]
 * [--rounds N] [--json]`. Needs Debian's dcmtk. The two take turns; the time is from the first association to the last
 * release, without what a process takes to start.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Resources } from '../../src/lifecycle.ts'
import { type Batch, makeBatch } from './receive/instances.ts'
import { watchMemory } from './receive/process-tree.ts'
import { push } from './receive/push.ts'
import { type Receiver, startStorescp } from './receive/receivers.ts'
import { median, table } from './receive/tables.ts'

const ASSOCIATIONS = [1, 2, 4]
const LEAST = 0.8
const MOST_GROWTH = 60e6
const flag = { type: 'boolean', default: false } as const
const { values } = parseArgs({ options: { quick: flag, json: flag, rounds: { type: 'string' } } })
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5))

type Sent = { megabytesPerSecond: number; peakBytes: number; startBytes: number }
type Cell = { kind: Batch['kind']; associations: number; ours: Sent; storescu: number }

async function sendOurs({ port, calledAeTitle }: Receiver, batch: Batch, associations: number): Promise<Sent> {
  const script = join(import.meta.dirname, 'send/sender-process.ts')
  const args = [
    '--max-semi-space-size=1',
    '--import',
    'tsx',
    script,
    String(port),
    calledAeTitle,
    String(associations),
    ...batch.files,
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const startedAt = performance.now()
  const stopWatching = watchMemory(child.pid ?? 0)
  const startBytes = stopWatching()
  const stopAgain = watchMemory(child.pid ?? 0)
  const exited = once(child, 'exit')
  await Promise.race([once(child.stdout, 'data'), exited])
  const seconds = (performance.now() - startedAt) / 1000
  const [code] = await exited
  if (code !== 0) throw new Error(`our sender ended with ${code}`)
  return { megabytesPerSecond: batch.bytes / 1e6 / seconds, peakBytes: stopAgain(), startBytes }
}

async function sendStorescu(receiver: Receiver, batch: Batch, associations: number): Promise<number> {
  const startedAt = performance.now()
  await push(receiver, batch.files, associations)
  return batch.bytes / 1e6 / ((performance.now() - startedAt) / 1000)
}

async function measure(resources: Resources): Promise<Cell[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mcads-bench-'))
  resources.defer(() => rm(folder, { recursive: true, force: true }))
  const batches = [
    await makeBatch(folder, 'CR', { rows: 2500, columns: 2048, count: values.quick ? 16 : 48 }),
    await makeBatch(folder, 'CT-size', { rows: 512, columns: 512, count: values.quick ? 96 : 480 }),
  ]
  const receiver = await startStorescp(resources, folder)
  const cells: Cell[] = []
  for (let round = 0; round < rounds; round++)
    for (const batch of batches)
      for (const associations of ASSOCIATIONS) {
        const ours = await sendOurs(receiver, batch, associations)
        await receiver.empty()
        const storescu = await sendStorescu(receiver, batch, associations)
        await receiver.empty()
        cells.push({ kind: batch.kind, associations, ours, storescu })
      }
  return cells
}

function report(cells: readonly Cell[]): { text: string; met: boolean } {
  const kinds = [...new Set(cells.map(({ kind }) => kind))]
  const rows = kinds.flatMap((kind) =>
    ASSOCIATIONS.map((associations) => {
      const same = cells.filter((cell) => cell.kind === kind && cell.associations === associations)
      const of = (pick: (cell: Cell) => number) => median(same.map(pick))
      return [
        kind,
        String(associations),
        of(({ ours }) => ours.megabytesPerSecond).toFixed(0),
        of(({ storescu }) => storescu).toFixed(0),
        of(({ ours, storescu }) => ours.megabytesPerSecond / storescu).toFixed(2),
        (Math.max(...same.map(({ ours }) => ours.peakBytes - ours.startBytes)) / 1e6).toFixed(0),
      ]
    }),
  )
  const ratioOf = (kind: string) =>
    median(cells.filter((cell) => cell.kind === kind).map(({ ours, storescu }) => ours.megabytesPerSecond / storescu))
  const growth = Math.max(...cells.map(({ ours }) => ours.peakBytes - ours.startBytes))
  const met = kinds.every((kind) => ratioOf(kind) >= LEAST) && growth < MOST_GROWTH
  const head = ['instances', 'associations', 'node MB/s', 'storescu MB/s', 'ratio', 'memory grew by, MB']
  const bars = kinds.map((kind) => `${kind}: node / storescu ${ratioOf(kind).toFixed(2)}, at least ${LEAST}`)
  return { text: `${table(head, rows)}\n\n${bars.join('\n')}\nmemory grew by ${(growth / 1e6).toFixed(0)} MB`, met }
}

const resources = new Resources()
try {
  const cells = await measure(resources)
  const { text, met } = report(cells)
  const machine = `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node.js ${process.version}`
  if (values.json) console.log(JSON.stringify({ machine, rounds, cells, met }))
  else console.log(`${new Date().toISOString().slice(0, 10)}, ${machine}, ${rounds} rounds\n\n${text}`)
  if (!met) process.exitCode = 1
} finally {
  await resources[Symbol.asyncDispose]()
}
