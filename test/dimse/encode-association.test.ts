import { expect, test } from 'vitest'
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../../src/dicom/implementation.ts'
import type { AssociationRequest } from '../../src/dimse/association-request.ts'
import {
  abort,
  associationAccept,
  associationReject,
  releaseRequest,
  releaseResponse,
} from '../../src/dimse/encode-association.ts'

const COMMITMENT = '1.2.840.10008.1.20.1'
const REQUEST: AssociationRequest = {
  protocolVersion: 1,
  calledAeTitle: 'MCADS',
  callingAeTitle: 'MODALITY',
  applicationContextName: '1.2.840.10008.3.1.1.1',
  contexts: [],
  roles: new Map(),
  maximumPduLength: 16384,
  implementationClassUid: '1.2.3',
  implementationVersionName: 'PEER',
}
const CONTEXTS = [
  { id: 5, abstractSyntax: '1.2.840.10008.1.1', result: 0, transferSyntax: '1.2.840.10008.1.2' },
  { id: 9, abstractSyntax: '1.2.3', result: 3 },
] as const

/** The sub-items of User Information, by their type, PS3.8 section 9.3.3.3. */
function userItems(bytes: Buffer): [number, string][] {
  const items: [number, string][] = []
  let at = bytes.indexOf(Buffer.from('5000', 'hex'), 74)
  for (at += 4; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt16BE(at + 2)
    items.push([bytes.readUInt8(at), bytes.toString('hex', at + 4, end)])
    at = end
  }
  return items
}

const hex = (text: string) => Buffer.from(text, 'latin1').toString('hex')

test('A-ASSOCIATE-AC says the AE titles again and names each context with its result and a transfer syntax', () => {
  const bytes = associationAccept(REQUEST, { contexts: CONTEXTS, roles: new Map(), userConfirmed: false })
  expect(bytes.subarray(0, 2).toString('hex')).toBe('0200')
  expect(bytes.readUInt32BE(2)).toBe(bytes.length - 6)
  expect(bytes.readUInt16BE(6)).toBe(1)
  expect(bytes.toString('latin1', 10, 42)).toBe('MCADS           MODALITY        ')
  expect(bytes.subarray(42, 74).every((byte) => byte === 0)).toBe(true)
  const syntax = `40000011${hex('1.2.840.10008.1.2')}`
  const application = `10000015${hex('1.2.840.10008.3.1.1.1')}`
  expect(bytes.toString('hex', 74)).toMatch(
    new RegExp(`^${application}2100001905000000${syntax}2100001909000300${syntax}5000`),
  )
})

test('A-ASSOCIATE-AC announces our maximum length and the node, and nothing that was not agreed', () => {
  const bytes = associationAccept(REQUEST, { contexts: CONTEXTS, roles: new Map(), userConfirmed: false })
  expect(userItems(bytes)).toEqual([
    [0x51, '00020000'],
    [0x52, hex(IMPLEMENTATION_CLASS_UID)],
    [0x55, hex(IMPLEMENTATION_VERSION_NAME)],
  ])
})

test('A-ASSOCIATE-AC answers roles, and a user who was identified', () => {
  const roles = new Map([[COMMITMENT, { asScu: false, asScp: true }]])
  const bytes = associationAccept(REQUEST, { contexts: CONTEXTS, roles, userConfirmed: true })
  const items = new Map(userItems(bytes))
  expect(items.get(0x54)).toBe(`0014${hex(COMMITMENT)}0001`)
  expect(items.get(0x59)).toBe('0000')
})

test('A-ASSOCIATE-RJ, A-RELEASE-RQ, A-RELEASE-RP and A-ABORT have the bytes of PS3.8 section 9.3', () => {
  expect(associationReject({ result: 1, source: 1, reason: 7 }).toString('hex')).toBe('03000000000400010107')
  expect(associationReject({ result: 2, source: 3, reason: 2 }).toString('hex')).toBe('03000000000400020302')
  expect(releaseRequest().toString('hex')).toBe('05000000000400000000')
  expect(releaseResponse().toString('hex')).toBe('06000000000400000000')
  expect(abort(2, 6).toString('hex')).toBe('07000000000400000206')
  expect(abort(0, 0).toString('hex')).toBe('07000000000400000000')
})
