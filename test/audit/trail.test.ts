import { appendFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { TrailWriter } from '../../src/audit/trail-writer.ts'
import { verifyTrail } from '../../src/audit/verify-trail.ts'
import { temporaryFolder } from '../support/needs.ts'
import { until } from '../support/recording-scp.ts'

const MESSAGE = (nth: number) => `<AuditMessage n="${nth}"/>`
const lost = (count: number) => `<Lost count="${count}"/>`

async function write(directory: string, count: number, now = new Date('2026-11-27T10:00:00Z')): Promise<string> {
  const onFailure = (error: unknown) => {
    throw error
  }
  const writer = new TrailWriter({ directory, onFailure, lost, now: () => now })
  for (let nth = 0; nth < count; nth++) writer.add(MESSAGE(nth))
  await writer[Symbol.asyncDispose]()
  return [...writer.own.keys()][0] ?? ''
}

const faults = async (directory: string) =>
  (await verifyTrail(directory)).filter((each) => each.faults.length > 0).map((each) => [each.file, ...each.faults])

test('what was added is in the trail, one message a line, and verifies', async () => {
  const directory = await temporaryFolder()
  const file = await write(directory, 3)
  expect(await verifyTrail(directory)).toEqual([{ file, messages: 3, faults: [] }])
  const lines = (await readFile(join(directory, file), 'utf8')).trimEnd().split('\n')
  expect(lines.slice(1).map((line) => line.replace(/^(\d+) [0-9a-f]{64} /, '$1 '))).toEqual(
    [0, 1, 2].map((nth) => `${nth + 1} ${MESSAGE(nth)}`),
  )
})

const TAMPERED: [string, (text: string) => string, RegExp][] = [
  ['a message is altered', (text) => text.replace('n="1"', 'n="7"'), /^message 2 is not what was written$/],
  ['a message is removed', (text) => text.replace(/^2 .*\n/m, ''), /^message 2 is not/],
  ['two messages change places', (text) => text.replace(/^(2 .*\n)(3 .*\n)/m, '$2$1'), /^message 2 is not/],
  ['a message is put in', (text) => text.replace(/^(2 .*\n)/m, '$1$1'), /^message 3 is not/],
  ['the header is altered', (text) => text.replace('"previous":[]', '"previous": []'), /^message 1 is not/],
  ['the header is removed', (text) => text.replace(/^.*\n/, ''), /^has no header$/],
]
test.each(TAMPERED)('%s: it shows', async (_name, tamper, fault) => {
  const directory = await temporaryFolder()
  const file = await write(directory, 3)
  const path = join(directory, file)
  await writeFile(path, tamper(await readFile(path, 'utf8')))
  expect(await faults(directory)).toEqual([[file, expect.stringMatching(fault)]])
})

test('a file that is shortened, emptied, replaced or removed contradicts the one that was begun after it', async () => {
  const directory = await temporaryFolder()
  const first = await write(directory, 3)
  await write(directory, 1)
  const path = join(directory, first)
  const whole = await readFile(path, 'utf8')
  const shorter = whole.replace(/^3 .*\n/m, '')
  await writeFile(path, shorter)
  expect(await faults(directory)).toEqual([[first, 'ends after message 2; it had 3']])
  await truncate(path, 0)
  expect(await faults(directory)).toEqual([[first, 'ends after message 0; it had 3']])
  const other = await temporaryFolder()
  await writeFile(path, await readFile(join(other, await write(other, 4)), 'utf8'))
  expect(await faults(directory)).toEqual([[first, 'is not the file that was written']])
  await rm(path)
  expect(await faults(directory)).toEqual([[first, 'is missing']])
})

test('days that were removed by age are no fault; a day between others is', async () => {
  const directory = await temporaryFolder()
  const days = ['2026-11-25', '2026-11-26', '2026-11-27'].map((day) => new Date(`${day}T10:00:00Z`))
  const files: string[] = []
  for (const day of days) files.push(await write(directory, 2, day))
  await rm(join(directory, files[0] ?? ''))
  expect(await faults(directory)).toEqual([])
  await write(directory, 1, days[0])
  await rm(join(directory, files[1] ?? ''))
  expect(await faults(directory)).toEqual([[files[1], 'is missing']])
})

test('a new day is a new file of the same writer, which tells how far the one before went', async () => {
  const directory = await temporaryFolder()
  let now = new Date('2026-11-27T23:59:59Z')
  const writer = new TrailWriter({ directory, onFailure: () => {}, lost, now: () => now })
  writer.add(MESSAGE(1))
  await until(async () => (await verifyTrail(directory))[0]?.messages === 1)
  now = new Date('2026-11-28T00:00:01Z')
  writer.add(MESSAGE(2))
  await writer[Symbol.asyncDispose]()
  const files = [...writer.own.keys()]
  expect(files.map((file) => file.slice(0, 10))).toEqual(['2026-11-27', '2026-11-28'])
  const [, second = ''] = files
  expect(await readFile(join(directory, second), 'utf8')).toContain(`"file":"${files[0]}","messages":1`)
  expect(await faults(directory)).toEqual([])
})

test('a line that a killed writer left unfinished is no message and no fault', async () => {
  const directory = await temporaryFolder()
  const file = await write(directory, 2)
  await appendFile(join(directory, file), '3 0123456789abcdef <Audit')
  await write(directory, 1)
  expect((await verifyTrail(directory)).map(({ messages }) => messages).sort()).toEqual([1, 2])
  expect(await faults(directory)).toEqual([])
})

test('two writers at once, and one message after another, make no fault', async () => {
  const directory = await temporaryFolder()
  await Promise.all([write(directory, 50), write(directory, 50), write(directory, 50)])
  await write(directory, 1)
  const verified = await verifyTrail(directory)
  expect(verified.map(({ messages }) => messages).sort()).toEqual([1, 50, 50, 50])
  expect(await faults(directory)).toEqual([])
})

test('while the trail cannot be written messages wait; more than can wait are counted, and told when it can', async () => {
  const folder = await temporaryFolder()
  const directory = join(folder, 'audit')
  // A file where the folder should be.
  await writeFile(directory, '')
  const failures: number[] = []
  const onFailure = (_: unknown, waiting: number) => void failures.push(waiting)
  const writer = new TrailWriter({ directory, onFailure, lost, most: 5 })
  onTestFinished(() => writer[Symbol.asyncDispose]())
  for (let nth = 0; nth < 8; nth++) writer.add(MESSAGE(nth))
  await until(() => failures.length > 0)
  expect(failures).toEqual([5])
  await rm(directory)
  await until(async () => (await verifyTrail(directory))[0]?.messages === 6)
  const [file = ''] = await readdir(directory)
  const text = await readFile(join(directory, file), 'utf8')
  expect(text).toMatch(/^1 \S+ <Lost count="3"\/>$/m)
  expect(text).toMatch(/^6 \S+ <AuditMessage n="4"\/>$/m)
  expect(await faults(directory)).toEqual([])
})

test('a file that is shorter than what was recorded elsewhere shows, without a later file', async () => {
  const directory = await temporaryFolder()
  const writer = new TrailWriter({ directory, onFailure: () => {}, lost })
  for (const nth of [1, 2, 3]) writer.add(MESSAGE(nth))
  await writer[Symbol.asyncDispose]()
  const recorded = [...writer.own.values()]
  expect((await verifyTrail(directory, recorded)).flatMap((each) => each.faults)).toEqual([])
  const path = join(directory, recorded[0]?.file ?? '')
  await writeFile(path, (await readFile(path, 'utf8')).replace(/^3 .*\n/m, ''))
  expect(await faults(directory)).toEqual([])
  expect((await verifyTrail(directory, recorded)).flatMap((each) => each.faults)).toEqual([
    'ends after message 2; it had 3',
  ])
})
