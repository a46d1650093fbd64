import { expect, test } from 'vitest'
import { acknowledgementFailure, parseAcknowledgement } from '../../src/hl7/acknowledgement.ts'

const ack = (...segments: string[]) =>
  Buffer.from(['MSH|^~\\&|HIS|H|MCADS|H|20260101||ACK|9|P|2.5.1', ...segments].join('\r'))
const meaning = (...segments: string[]) => {
  const failure = acknowledgementFailure(parseAcknowledgement(ack(...segments)), 'ID1')
  return failure ? `${failure.code} ${failure.retry}` : 'taken'
}

test('AA and CA mean taken; AE and CR never again; AR and CE later', () => {
  const codes = ['AA', 'CA', 'AE', 'CR', 'AR', 'CE'].map((code) => [code, meaning(`MSA|${code}|ID1`)])
  expect(Object.fromEntries(codes)).toEqual({
    AA: 'taken',
    CA: 'taken',
    AE: 'HL7_REFUSED permanent',
    CR: 'HL7_REFUSED permanent',
    AR: 'HL7_FAILURE transient',
    CE: 'HL7_FAILURE transient',
  })
})

test('an error code says better: a locked record or an internal error passes, an unsupported message does not', () => {
  expect(meaning('MSA|AE|ID1', 'ERR|||207^Application internal error^HL70357|E')).toBe('HL7_FAILURE transient')
  expect(meaning('MSA|AR|ID1', 'ERR|||200^Unsupported message type^HL70357|E')).toBe('HL7_REFUSED permanent')
  // As it was written before version 2.5.
  expect(meaning('MSA|AE|ID1', 'ERR|PID^1^3^206&Application record locked&HL70357')).toBe('HL7_FAILURE transient')
})

test("the receiver's words are kept, but not in what is logged", () => {
  const answer = parseAcknowledgement(
    ack('MSA|AE|ID1|Patient Doe unknown', 'ERR|||204^Unknown key^HL70357|E||||No such patient: Doe'),
  )
  expect(answer).toMatchObject({ code: 'AE', error: '204', words: 'Patient Doe unknown; No such patient: Doe' })
  const failure = acknowledgementFailure(answer, 'ID1')
  expect(failure?.message).toBe('the receiver answered AE, error 204')
})

test('segments may end with LF, and start after a blank line', () => {
  const text = '\r\nMSH|^~\\&|HIS|H|MCADS|H|20260101||ACK|9|P|2.5.1\r\nMSA|AA|ID1\r\n'
  expect(parseAcknowledgement(Buffer.from(text))).toMatchObject({ code: 'AA', controlId: 'ID1' })
})

test.each([
  ['nothing', ''],
  ['words', 'hello'],
  ['no MSA', 'MSH|^~\\&|HIS|H|MCADS|H|20260101||ACK|9|P|2.5.1'],
  ['two messages', 'MSH|^~\\&|A\rMSA|AA|ID1\rMSH|^~\\&|A\rMSA|AE|ID1'],
])('%s is no acknowledgement', (_, text) => {
  expect(() => parseAcknowledgement(Buffer.from(text))).toThrow(
    expect.objectContaining({ code: 'PEER_NOT_UNDERSTOOD' }),
  )
})

test('an acknowledgement of another message, or with an unknown code, is not one of ours', () => {
  expect(() => meaning('MSA|AA|ID2')).toThrow(
    expect.objectContaining({ code: 'PEER_NOT_UNDERSTOOD', retry: 'ambiguous' }),
  )
  expect(() => meaning('MSA|XX|ID1')).toThrow(expect.objectContaining({ code: 'PEER_NOT_UNDERSTOOD' }))
})
