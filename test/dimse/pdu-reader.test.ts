import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type PduName, ProtocolError } from '../../src/dimse/pdu.ts'
import { PduReader, type Pdv } from '../../src/dimse/pdu-reader.ts'
import { associateRq, cEchoRq, pData, pdu, pdv, RELEASE_RQ } from '../support/scripted-peer.ts'

/** What a reader tells of a byte stream, pieces of one PDV put together. */
function read(chunks: Uint8Array[], maximum = 131072): string[] {
  const told: string[] = []
  let value = ''
  const handler = {
    begin: () => {},
    control: (name: PduName, body: Buffer) => void told.push(`${name} ${body.toString('hex')}`),
    value({ contextId, isCommand, isLast }: Pdv, bytes: Buffer, complete: boolean) {
      value += bytes.toString('hex')
      if (!complete) return
      told.push(`PDV ${contextId} ${isCommand} ${isLast} ${value}`)
      value = ''
    },
  }
  const reader = new PduReader(handler, maximum)
  for (const chunk of chunks) reader.push(Buffer.from(chunk))
  return told
}

const two = pdu(
  4,
  Buffer.concat([pdv(1, 3, Buffer.from('abcd')), pdv(1, 0, Buffer.alloc(0)), pdv(3, 2, Buffer.from('ef'))]),
)
const stream = Buffer.concat([associateRq(), cEchoRq(), two, pData(5, 2, Buffer.alloc(300, 7)), RELEASE_RQ])

test('PDUs and PDVs are the same however the network cuts the stream', () => {
  const whole = read([stream])
  expect(whole).toHaveLength(7)
  expect(whole).toContain('PDV 1 true true 61626364')
  expect(whole).toContain('PDV 1 false false ')
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 40 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), stream.length]
      const chunks = at.slice(1).map((end, i) => stream.subarray(at[i], end))
      expect(read(chunks)).toEqual(whole)
    }),
    { numRuns: 100 },
  )
})

test.each([
  ['an unknown PDU type', pdu(9, Buffer.alloc(4))],
  ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['a P-DATA-TF of 4 GB', pdu(4, Buffer.alloc(0), 0xffffffff)],
  ['a P-DATA-TF one byte longer than announced', pdu(4, Buffer.alloc(0), 131073)],
  ['a P-DATA-TF without room for a PDV', pdu(4, Buffer.alloc(5))],
  ['an A-ASSOCIATE-RQ of 1 MB', pdu(1, Buffer.alloc(0), 1_000_000)],
  ['an A-ASSOCIATE-RQ without its fixed fields', pdu(1, Buffer.alloc(60))],
  ['an A-RELEASE-RQ of 5 bytes', pdu(5, Buffer.alloc(0), 5)],
  ['a PDV longer than its P-DATA-TF', pdu(4, Buffer.from('0000ffff0103', 'hex'))],
  ['a PDV shorter than its own header', pdu(4, Buffer.from('000000010103', 'hex'))],
  ['a P-DATA-TF that ends inside a PDV header', pdu(4, Buffer.concat([pdv(1, 3, Buffer.from('ab')), Buffer.alloc(3)]))],
])('%s is refused when its header has come', (_name, bytes) => {
  expect(() => read([bytes])).toThrow(ProtocolError)
})

test('nothing more is read once stopped, not even of the same chunk', () => {
  const told: PduName[] = []
  const handler = {
    begin: () => {},
    value: () => {},
    control(name: PduName) {
      told.push(name)
      reader.stop()
    },
  }
  const reader = new PduReader(handler, 131072)
  reader.push(Buffer.concat([RELEASE_RQ, RELEASE_RQ]))
  reader.push(RELEASE_RQ)
  expect(told).toEqual(['A-RELEASE-RQ'])
})
