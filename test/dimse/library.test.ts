import { createRequire } from 'node:module'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../../src/dicom/implementation.ts'
import { parseAssociationRequest } from '../../src/dimse/association-request.ts'
import { sendAssociationRequest } from '../../src/dimse/library.ts'

const PROPOSALS = [
  { abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: ['1.2.840.10008.1.2.1', '1.2.840.10008.1.2'] },
  { abstractSyntax: '1.2.840.10008.1.20.1', transferSyntaxes: ['1.2.840.10008.1.2'], asScp: true },
]

/** What dcmjs-dimse writes to a socket that is no connection, and what it leaves there. */
function sent() {
  const written: Buffer[] = []
  const socket = new Socket()
  const before = socket.eventNames()
  socket.write = (bytes: string | Uint8Array) => {
    written.push(Buffer.from(bytes))
    return true
  }
  sendAssociationRequest(socket, { callingAeTitle: 'MCADS', calledAeTitle: 'PACS' }, PROPOSALS)
  const listening = { before, after: socket.eventNames(), timeout: socket.timeout }
  socket.destroy()
  return { bytes: Buffer.concat(written), listening }
}

test('dcmjs-dimse is the version whose private methods these tests pin', () => {
  const { version } = createRequire(import.meta.url)('dcmjs-dimse')
  expect(version).toBe('0.3.3')
})

test('the library listens to nothing on the socket and starts no timer', () => {
  const { before, after, timeout } = sent().listening
  expect(after).toEqual(before)
  expect(timeout).toBeUndefined()
})

test('A-ASSOCIATE-RQ proposes each context in its place, our maximum length, the node, and the roles asked for', () => {
  const { bytes } = sent()
  expect(bytes.subarray(0, 2).toString('hex')).toBe('0100')
  expect(bytes.readUInt32BE(2)).toBe(bytes.length - 6)
  expect(parseAssociationRequest(bytes.subarray(6))).toEqual({
    protocolVersion: 1,
    callingAeTitle: 'MCADS',
    calledAeTitle: 'PACS',
    applicationContextName: '1.2.840.10008.3.1.1.1',
    contexts: PROPOSALS.map(({ abstractSyntax, transferSyntaxes }, place) => ({
      id: 2 * place + 1,
      abstractSyntax,
      transferSyntaxes,
    })),
    roles: new Map([['1.2.840.10008.1.20.1', { asScu: false, asScp: true }]]),
    maximumPduLength: 131072,
    implementationClassUid: IMPLEMENTATION_CLASS_UID,
    implementationVersionName: IMPLEMENTATION_VERSION_NAME,
  })
})
