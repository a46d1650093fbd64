import { expect, test } from 'vitest'
import { asFailure, Failure } from '../src/failure.ts'

test('a Failure says whether doing the same again can help', () => {
  expect(new Failure('DISK_FULL', 'no room').retry).toBe('transient')
  expect(new Failure('ASSOCIATION_REJECTED', 'not listed').retry).toBe('permanent')
  expect(new Failure('PEER_SILENT', 'no answer').retry).toBe('ambiguous')
})

test('a Failure stays as it is, whatever code is offered', () => {
  const failure = new Failure('DISK_FULL', 'no room')
  expect(asFailure(failure, 'INTERNAL')).toBe(failure)
})

test("of a database's or a system's error only the code is told, for its message may quote a value", () => {
  const error = Object.assign(new Error('duplicate key: DOE^JANE'), { code: '23505' })
  const failure = asFailure(error, 'INTERNAL')
  expect(failure).toMatchObject({ code: 'INTERNAL', message: 'Error 23505' })
  expect(failure.cause).toBe(error)
  expect(asFailure('DOE^JANE', 'INTERNAL').message).not.toContain('DOE')
})
