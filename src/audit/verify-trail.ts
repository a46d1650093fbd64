import { join } from 'node:path'
import { dayOf, readLines, trailFiles } from './trail-files.ts'
import { chainHash, headerHash, parseHeader, parseLine, type TrailState } from './trail-line.ts'

export type VerifiedFile = {
  readonly file: string
  readonly messages: number
  readonly faults: readonly string[]
}

/** A file as it is read, and what it says of others. */
type Reading = { messages: number; hashes: string[]; faults: string[]; previous: readonly TrailState[] }

async function readFile(path: string): Promise<Reading> {
  const reading: Reading = { messages: 0, hashes: [], faults: [], previous: [] }
  let first = true
  for await (const text of readLines(path)) {
    if (first) readHeader(reading, text)
    else readMessage(reading, text)
    first = false
    if (reading.faults.length > 0) break
  }
  // Without even a header its writer was killed as it began.
  return reading
}

function readHeader(reading: Reading, text: string): void {
  const header = parseHeader(text)
  if (!header) reading.faults.push('has no header')
  reading.previous = header?.previous ?? []
  reading.hashes.push(headerHash(text))
}

function readMessage(reading: Reading, text: string): void {
  const line = parseLine(text)
  const number = reading.messages + 1
  const previous = reading.hashes[reading.messages] ?? ''
  if (line?.number !== number || line.hash !== chainHash(previous, number, line.xml)) {
    reading.faults.push(`message ${number} is not what was written`)
    return
  }
  reading.messages = number
  reading.hashes.push(line.hash)
}

/** What a state recorded elsewhere says against the files that are there. */
function contradiction(readings: ReadonlyMap<string, Reading>, state: TrailState, oldestDay: string) {
  const reading = readings.get(state.file)
  // Days before the oldest that is kept were removed by age.
  if (!reading) return dayOf(state.file) < oldestDay ? undefined : 'is missing'
  // Its own chain tells what is wrong with it.
  if (reading.faults.some((fault) => fault.startsWith('message'))) return undefined
  if (reading.messages < state.messages) return `ends after message ${reading.messages}; it had ${state.messages}`
  return reading.hashes[state.messages] === state.hash ? undefined : 'is not the file that was written'
}

/**
 * Reads the whole trail and says what is wrong with it: altered, reordered, shortened or removed. `recorded` are states
 * that were kept elsewhere.
 */
export async function verifyTrail(directory: string, recorded: readonly TrailState[] = []): Promise<VerifiedFile[]> {
  const files = await trailFiles(directory)
  const readings = new Map<string, Reading>()
  for (const file of files) readings.set(file, await readFile(join(directory, file)))
  const oldestDay = files[0] === undefined ? '' : dayOf(files[0])
  const missing = new Map<string, Set<string>>()
  for (const state of [...[...readings.values()].flatMap(({ previous }) => previous), ...recorded]) {
    const fault = contradiction(readings, state, oldestDay)
    if (fault) missing.set(state.file, (missing.get(state.file) ?? new Set()).add(fault))
  }
  return [...new Set([...files, ...missing.keys()])].sort().map((file) => ({
    file,
    messages: readings.get(file)?.messages ?? 0,
    faults: [...(readings.get(file)?.faults ?? []), ...(missing.get(file) ?? [])],
  }))
}
