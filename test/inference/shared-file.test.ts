import { closeSync, readdirSync, writeSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { openUnnamedFile, sharedFile } from '../../src/inference/shared-file.ts'

function open() {
  const descriptor = openUnnamedFile()
  if (descriptor === undefined) throw new Error('no folder takes it')
  onTestFinished(() => closeSync(descriptor))
  return { descriptor, ...sharedFile(descriptor) }
}

const floats = Float32Array.from({ length: 50_176 }, (_, i) => i / 7)
const bytes = Uint8Array.from({ length: 100_003 }, (_, i) => i)

test('long arrays stand in the file, and what is taken is what was put', () => {
  const { put, take } = open()
  const message = {
    tensor: floats,
    display: { rows: 3, grey: bytes },
    all: [floats, 1, null, undefined],
    short: new Uint8Array(9),
  }
  const small = put(message)
  expect(JSON.stringify(small).length).toBeLessThan(1000)
  expect(small).toMatchObject({ display: { rows: 3 }, short: new Uint8Array(9) })
  expect(take(structuredClone(small))).toEqual(message)
  expect(take(put(floats))).toEqual(floats)
})

test('what is taken stays as it is when the next message is put', () => {
  const { put, take } = open()
  const taken = take(put({ floats }))
  put({ floats: floats.map((value) => value + 1) })
  expect(taken).toEqual({ floats })
})

test('the file has no name that anyone could open', async () => {
  open()
  const named = () => readdirSync('/dev/shm').filter((name) => name.startsWith('mcads-'))
  await expect.poll(named).toEqual([])
})

test('where the file cannot be written, the message keeps its arrays', () => {
  const { put } = sharedFile(-1)
  expect(put({ floats })).toEqual({ floats })
})

test.each([
  ['beyond the end', { sharedArray: 'Float32Array', at: 0, bytes: 8 }],
  ['before the beginning', { sharedArray: 'Float32Array', at: -4, bytes: 4 }],
  ['of half a number', { sharedArray: 'Float32Array', at: 0, bytes: 3 }],
  ['of more than there can be', { sharedArray: 'Uint8Array', at: 0, bytes: 2 ** 40 }],
  ['of no number', { sharedArray: 'Uint8Array', at: 'x', bytes: 4 }],
  ['of another kind', { sharedArray: 'constructor', at: 0, bytes: 4 }],
])('a place %s is a Failure of the child', (_, place) => {
  const { descriptor, take } = open()
  writeSync(descriptor, new Uint8Array(4))
  expect(() => take({ numbers: place })).toThrow(expect.objectContaining({ code: 'CHILD_DIED' }))
})
