import { createRequire } from 'node:module'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../../src/dicom/implementation.ts'
import { AssociationPdus } from '../../src/dimse/library.ts'

/** What dcmjs-dimse writes to a socket that is no connection. */
function sent(use: (pdus: AssociationPdus) => void): Buffer {
  const written: Buffer[] = []
  const socket = new Socket()
  socket.write = (bytes: string | Uint8Array) => {
    written.push(Buffer.from(bytes))
    return true
  }
  use(new AssociationPdus(socket))
  socket.destroy()
  return Buffer.concat(written)
}

test('dcmjs-dimse is the version whose private methods these tests pin', () => {
  const { version } = createRequire(import.meta.url)('dcmjs-dimse')
  expect(version).toBe('0.3.3')
})

test('the library listens to nothing on the socket and starts no timer', () => {
  const socket = new Socket()
  const before = socket.eventNames()
  new AssociationPdus(socket)
  expect(socket.eventNames()).toEqual(before)
  expect(socket.timeout).toBeUndefined()
  socket.destroy()
})

test('A-ASSOCIATE-AC names each context with its result, announces our maximum length and the node, and no roles or window', () => {
  const bytes = sent((pdus) => {
    const { association } = pdus
    association.setCallingAeTitle('MODALITY')
    association.setCalledAeTitle('MCADS')
    association.setMaxPduLength(131072)
    association.addPresentationContext('1.2.840.10008.1.1', 5)
    association.getPresentationContext(5).setResult(0, '1.2.840.10008.1.2')
    association.addPresentationContext('1.2.3', 9)
    association.getPresentationContext(9).setResult(3)
    pdus.sendAssociationAccept()
  })
  const syntax = '4000001131' // item 40H, 17 bytes, '1…'
  expect(bytes.subarray(0, 2).toString('hex')).toBe('0200')
  expect(bytes.readUInt32BE(2)).toBe(bytes.length - 6)
  expect(bytes.toString('latin1', 10, 42)).toBe('MCADS           MODALITY        ')
  expect(bytes.toString('hex')).toContain(`2100001905000000${syntax}`)
  expect(bytes.toString('hex')).toContain(`2100001909000300${syntax}`)
  expect(bytes.toString('hex')).toContain('5100000400020000')
  expect(bytes.toString('latin1')).toContain(IMPLEMENTATION_CLASS_UID)
  expect(bytes.toString('latin1')).toContain(IMPLEMENTATION_VERSION_NAME)
  const types = userItems(bytes)
  expect(types).toEqual([0x51, 0x52, 0x55])
})

function userItems(bytes: Buffer): number[] {
  const types: number[] = []
  let at = bytes.indexOf(Buffer.from('5000', 'hex'), 74)
  for (at += 4; at < bytes.length; at += 4 + bytes.readUInt16BE(at + 2)) types.push(bytes.readUInt8(at))
  return types
}

test('A-ASSOCIATE-RJ, A-RELEASE-RQ, A-RELEASE-RP and A-ABORT have the bytes of PS3.8 section 9.3', () => {
  expect(sent((pdus) => pdus.sendAssociationReject(1, 1, 7)).toString('hex')).toBe('03000000000400010107')
  expect(sent((pdus) => pdus.sendAssociationReject(2, 3, 2)).toString('hex')).toBe('03000000000400020302')
  expect(sent((pdus) => pdus.sendAssociationReleaseRequest()).toString('hex')).toBe('05000000000400000000')
  expect(sent((pdus) => pdus.sendAssociationReleaseResponse()).toString('hex')).toBe('06000000000400000000')
  expect(sent((pdus) => pdus.sendAbort(2, 6)).toString('hex')).toBe('07000000000400000206')
  expect(sent((pdus) => pdus.sendAbort(0, 0)).toString('hex')).toBe('07000000000400000000')
})
