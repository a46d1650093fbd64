import type { Cell, Echoes } from './measure.ts'

export type Measured = {
  readonly cells: readonly Cell[]
  readonly echoes: Echoes
  readonly hugePeakBytes: number
}

export type Bar = { readonly words: string; readonly value: number; readonly limit: string; readonly met: boolean }

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

const megabytes = (bytes: number) => bytes / 1e6

type Row = Pick<Cell, 'receiver' | 'kind' | 'senders'>
const same = (a: Row) => (b: Row) => a.receiver === b.receiver && a.kind === b.kind && a.senders === b.senders

/** One of each receiver, kind and number of senders, in the order in which they came. */
const rowsOf = (cells: readonly Cell[]): Cell[] => cells.filter((cell, at) => cells.findIndex(same(cell)) === at)

/** Ours over another's, of the same round: what else the machine did then weighs on both. */
function ratios(cells: readonly Cell[], kind: Cell['kind'], other: Cell['receiver'], senders?: number): number[] {
  const of = (receiver: Cell['receiver'], of: number) => cells.filter(same({ receiver, kind, senders: of }))
  const counts = senders ? [senders] : [...new Set(cells.map((cell) => cell.senders))]
  return counts.flatMap((count) => {
    const theirs = of(other, count)
    return of('node', count).flatMap((ours, round) => {
      const their = theirs[round]
      return their ? [ours.megabytesPerSecond / their.megabytesPerSecond] : []
    })
  })
}

/** CPU time by TLS over that without, of the same round. */
const cpuOfTls = (cells: readonly Cell[]): number[] =>
  rowsOf(cells.filter(({ receiver }) => receiver === 'node')).flatMap((row) => {
    const secured = cells.filter(same({ ...row, receiver: 'node, TLS' }))
    return cells.filter(same(row)).flatMap((plain, round) => {
      const tls = secured[round]
      return tls ? [tls.cpuSecondsPerGigabyte / plain.cpuSecondsPerGigabyte] : []
    })
  })

const SPEED_BARS = [
  { kind: 'CR', other: 'orthanc', least: 2 },
  { kind: 'CT-size', other: 'orthanc', least: 1.5 },
  { kind: 'CR', other: 'storescp', least: 0.5 },
  { kind: 'CT-size', other: 'storescp', least: 0.6 },
] as const
const MOST_CPU_FOR_TLS = 2
const MOST_MEMORY = 150e6
const LONGEST_ECHO_MS = 20

export function barsOf({ cells, echoes, hugePeakBytes }: Measured): Bar[] {
  const speed = SPEED_BARS.map(({ kind, other, least }) => {
    const value = median(ratios(cells, kind, other))
    return { words: `${kind}: node / ${other}`, value, limit: `≥ ${least}`, met: value >= least }
  })
  const peak = Math.max(...cells.filter(({ receiver }) => receiver === 'node').map(({ peakBytes }) => peakBytes))
  const tls = median(cpuOfTls(cells))
  const memory = (words: string, bytes: number) => ({
    ...{ words, value: megabytes(bytes), limit: `< ${megabytes(MOST_MEMORY)}`, met: bytes < MOST_MEMORY },
  })
  return [
    ...speed,
    { words: 'CPU: mutual TLS / plain', value: tls, limit: `≤ ${MOST_CPU_FOR_TLS}`, met: tls <= MOST_CPU_FOR_TLS },
    memory('peak memory with up to 16 senders, MB', peak),
    memory('peak memory with one instance of 2 GB, MB', hugePeakBytes),
    {
      words: 'C-ECHO p99 while 8 senders push, ms',
      value: echoes.p99Ms,
      limit: `< ${LONGEST_ECHO_MS}`,
      met: echoes.p99Ms < LONGEST_ECHO_MS,
    },
  ]
}

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
export const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')

function speedTable(cells: readonly Cell[], kind: Cell['kind']): string {
  const rows = rowsOf(cells.filter((cell) => cell.kind === kind)).map((row) => {
    const all = cells.filter(same(row))
    const of = (pick: (cell: Cell) => number) => median(all.map(pick))
    return [
      row.receiver,
      String(row.senders),
      of((cell) => cell.megabytesPerSecond).toFixed(0),
      of((cell) => cell.instancesPerSecond).toFixed(0),
      megabytes(Math.max(...all.map((cell) => cell.peakBytes))).toFixed(0),
      of((cell) => cell.cpuSecondsPerGigabyte).toFixed(2),
    ]
  })
  return table(['receiver', 'senders', 'MB/s', 'instances/s', 'peak memory MB', 'CPU-s per GB'], rows)
}

function ratioTable(cells: readonly Cell[]): string {
  const counts = [...new Set(cells.map(({ senders }) => senders))]
  const others = [...new Set(cells.map(({ receiver }) => receiver))].filter((receiver) => receiver !== 'node')
  const kinds = [...new Set(cells.map(({ kind }) => kind))]
  const rows = kinds.flatMap((kind) =>
    others.map((other) => [
      `${kind}: node / ${other}`,
      ...counts.map((senders) => median(ratios(cells, kind, other, senders)).toFixed(2)),
      median(ratios(cells, kind, other)).toFixed(2),
    ]),
  )
  return table(['ratio of MB/s', ...counts.map((count) => `${count} senders`), 'all'], rows)
}

const barTable = (bars: readonly Bar[]) =>
  table(
    ['bar', 'measured', 'limit', 'met'],
    bars.map(({ words, value, limit, met }) => [
      words,
      value.toFixed(value < 10 ? 2 : 0),
      limit,
      met ? 'yes' : '**no**',
    ]),
  )

/** Everything measured, as Markdown. */
export function tablesOf(measured: Measured): string {
  const { cells, echoes } = measured
  const kinds = [...new Set(cells.map(({ kind }) => kind))]
  return [
    ...kinds.flatMap((kind) => [`**${kind}**`, speedTable(cells, kind)]),
    ratioTable(cells),
    `C-ECHO while 8 senders push: ${echoes.count} echoes, p50 ${echoes.p50Ms.toFixed(1)} ms, p99 ${echoes.p99Ms.toFixed(1)} ms, longest ${echoes.longestMs.toFixed(1)} ms.`,
    barTable(barsOf(measured)),
  ].join('\n\n')
}
