import { expect, test } from 'vitest'
import { answerOf, classOf, Status, statusFailure, statusText } from '../../src/dimse/status.ts'
import { Failure, type FailureCode } from '../../src/failure.ts'

test.each<[FailureCode, number]>([
  ['DISK_FULL', 0xa700],
  ['STORAGE_FAILED', 0xa700],
  ['DATABASE_UNAVAILABLE', 0xa700],
  ['DATA_SET_TOO_LARGE', 0xa700],
  ['SOP_CLASS_MISMATCH', 0xa900],
  ['DATA_SET_UNREADABLE', 0xc000],
  ['CONTENT_CONFLICT', 0xc000],
  ['UID_INVALID', 0x0117],
  ['SOP_CLASS_REFUSED', 0x0122],
  ['INTERNAL', 0x0110],
])('%s is answered with its status of PS3.4 Table B.2-1, and a comment that fits LO', (code, status) => {
  const answer = answerOf(new Failure(code, 'why'))
  expect(answer.status).toBe(status)
  expect(answer.comment).toMatch(/^[\x20-\x5b\x5d-\x7e]{1,64}$/)
})

test('statuses have the classes of PS3.7 Annex C', () => {
  expect(classOf(0x0000)).toBe('Success')
  for (const status of [0xb000, 0xb006, 0xb007, 0x0001, 0x0107, 0x0116]) expect(classOf(status)).toBe('Warning')
  for (const status of [0xff00, 0xff01]) expect(classOf(status)).toBe('Pending')
  expect(classOf(0xfe00)).toBe('Cancel')
  for (const status of [0xa700, 0xa900, 0xc000, 0xcfff, 0x0110, 0x0122, 0x0211]) expect(classOf(status)).toBe('Failure')
})

test('Success and Warning are no failure; out of resources may be tried again, the others not', () => {
  expect(statusFailure(Status.Success)).toBeUndefined()
  expect(statusFailure(0xb000)).toBeUndefined()
  for (const status of [0xa700, 0xa702, 0x0110, 0x0213]) expect(statusFailure(status)?.retry).toBe('transient')
  for (const status of [0xa900, 0xc001, 0x0122, 0x0124]) expect(statusFailure(status)?.retry).toBe('permanent')
  expect(statusText(0xa701)).toBe('A701H Refused: out of resources')
})

test('0111H, Duplicate SOP Instance, means that the peer holds the instance already', () => {
  expect(statusFailure(0x0111)).toBeUndefined()
  expect(statusText(0x0111)).toBe('0111H Duplicate SOP Instance')
})
