import { expect, test } from 'vitest'
import { parseAssociationRequest } from '../../src/dimse/association-request.ts'
import { ContextResult, negotiate } from '../../src/dimse/negotiation.ts'
import { ProtocolError } from '../../src/dimse/pdu.ts'
import { associateRq, CT, DX, EXPLICIT, IMPLICIT, item, type Rq, VERIFICATION } from '../support/scripted-peer.ts'

const JPEG_LS = '1.2.840.10008.1.2.4.80'
const J2K = '1.2.840.10008.1.2.4.90'
const parse = (rq: Rq) => parseAssociationRequest(associateRq(rq).subarray(6))
const offer = { abstractSyntaxes: [DX], transferSyntaxes: [EXPLICIT, IMPLICIT, JPEG_LS] }
const one = (id: number, abstractSyntax: string, transferSyntaxes: string[]) => ({
  id,
  abstractSyntax,
  transferSyntaxes,
})

test('an A-ASSOCIATE-RQ is read field by field', () => {
  const request = parse({ called: 'MCADS', calling: 'CR ROOM 2', maximumPduLength: 28672 })
  expect(request).toMatchObject({
    protocolVersion: 1,
    calledAeTitle: 'MCADS',
    callingAeTitle: 'CR ROOM 2',
    applicationContextName: '1.2.840.10008.3.1.1.1',
    maximumPduLength: 28672,
    implementationClassUid: '1.2.3.4',
  })
  expect(request.contexts).toEqual([one(1, DX, [EXPLICIT, IMPLICIT]), one(3, VERIFICATION, [IMPLICIT])])
})

test('presentation contexts may come in any order of their IDs', () => {
  const contexts = [one(5, DX, [IMPLICIT]), one(1, DX, [EXPLICIT]), one(3, VERIFICATION, [IMPLICIT])]
  expect(parse({ contexts }).contexts.map(({ id }) => id)).toEqual([5, 1, 3])
})

test('asynchronous operations, role selection, user identity and unknown items are passed over', () => {
  const user = [
    item(0x53, Buffer.from([0, 5, 0, 5])),
    item(0x54, Buffer.concat([Buffer.from([0, DX.length]), Buffer.from(DX), Buffer.from([0, 1])])),
    item(0x58, Buffer.from([1, 1, 0, 2, 65, 66, 0, 0])),
    item(0x77, 'nobody knows'),
  ]
  expect(parse({ user }).contexts).toHaveLength(2)
})

test.each([
  ['an even ID', [one(2, DX, [IMPLICIT])]],
  ['an ID twice', [one(1, DX, [IMPLICIT]), one(1, DX, [EXPLICIT])]],
  ['no transfer syntax', [one(1, DX, [])]],
  ['no context at all', []],
])('an A-ASSOCIATE-RQ with %s is an invalid PDU parameter', (_name, contexts) => {
  expect(() => parse({ contexts })).toThrow(ProtocolError)
})

test('an item longer than its PDU is an invalid PDU parameter', () => {
  const body = Buffer.from(associateRq().subarray(6))
  body.writeUInt16BE(60000, 70)
  expect(() => parseAssociationRequest(body)).toThrow(ProtocolError)
})

test('our preference chooses the transfer syntax, whatever the order proposed', () => {
  const [context] = negotiate([one(1, DX, [J2K, JPEG_LS, IMPLICIT])], offer)
  expect(context).toEqual({ id: 1, abstractSyntax: DX, result: ContextResult.Acceptance, transferSyntax: IMPLICIT })
})

test('what is not supported is refused with the reason of PS3.8 Table 9-18, and Verification never is', () => {
  const contexts = [one(1, CT, [IMPLICIT]), one(3, DX, [J2K]), one(5, VERIFICATION, [IMPLICIT])]
  expect(negotiate(contexts, offer).map(({ result }) => result)).toEqual([3, 4, 0])
})
