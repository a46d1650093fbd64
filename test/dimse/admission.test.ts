import { expect, test } from 'vitest'
import { checkProtocol, openAdmission } from '../../src/dimse/admission.ts'
import { parseAssociationRequest } from '../../src/dimse/association-request.ts'
import { normalAddress, openRemoteHosts } from '../../src/dimse/remote-hosts.ts'
import { associateRq, type Rq } from '../support/scripted-peer.ts'

const request = (rq: Rq = {}) => parseAssociationRequest(associateRq(rq).subarray(6))
const admit = openAdmission(
  ['MCADS', 'MCADS2'],
  [
    { aeTitle: 'PACS1', host: '10.0.0.5' },
    { aeTitle: 'CR1', host: '10.1.0.0/16' },
    { aeTitle: 'HERE', host: 'localhost' },
    { aeTitle: 'V6', host: 'fd00::/8' },
  ],
)

test.each([
  ['PACS1', '10.0.0.5'],
  ['CR1', '10.1.2.3'],
  ['HERE', '127.0.0.1'],
  ['V6', 'fd12::7'],
])('%s may associate from %s', async (calling, address) => {
  expect(await admit(request({ calling }), address)).toBeUndefined()
  expect(await admit(request({ calling, called: 'MCADS2' }), address)).toBeUndefined()
})

test('a called AE title that is not ours is reason 7, and the words say which ones are', async () => {
  expect(await admit(request({ called: 'OTHER', calling: 'PACS1' }), '10.0.0.5')).toEqual({
    result: 1,
    source: 1,
    reason: 7,
    words: "called AE title 'OTHER' is not ours; 'PACS1' from 10.0.0.5 should call 'MCADS', 'MCADS2'",
  })
})

test('a listed AE title from another address is reason 3, and the words name the address that is listed', async () => {
  expect(await admit(request({ calling: 'PACS1' }), '10.0.0.9')).toEqual({
    result: 1,
    source: 1,
    reason: 3,
    words: "calling AE title 'PACS1' from 10.0.0.9 is not listed; 'PACS1' is listed for 10.0.0.5",
  })
})

test('another AE title from a listed address is reason 3, and the words name the title that is listed', async () => {
  const rejection = await admit(request({ calling: 'pacs1' }), '10.0.0.5')
  expect(rejection?.reason).toBe(3)
  expect(rejection?.words).toBe("calling AE title 'pacs1' from 10.0.0.5 is not listed; 'PACS1' is listed for 10.0.0.5")
})

test('nobody may associate when no peer is listed', async () => {
  const closed = openAdmission(['MCADS'], [])
  expect((await closed(request(), '127.0.0.1'))?.reason).toBe(3)
})

test('a range that is none is CONFIG_INVALID at once', () => {
  const wrong = () => openAdmission(['MCADS'], [{ aeTitle: 'MODALITY', host: '10.0.0.0/33' }])
  expect(wrong).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
})

test('a host name that does not resolve lets nobody in', async () => {
  const lost = openAdmission(['MCADS'], [{ aeTitle: 'MODALITY', host: 'no-such-host.invalid' }])
  expect((await lost(request(), '127.0.0.1'))?.reason).toBe(3)
})

test('IPv4 addresses mapped into IPv6 are the same addresses', async () => {
  expect(normalAddress('::ffff:10.0.0.5')).toBe('10.0.0.5')
  expect(normalAddress('fe80::1%eth0')).toBe('fe80::1')
  expect(await openRemoteHosts().includes('10.0.0.0/24', '::ffff:10.0.0.5')).toBe(true)
  expect(await openRemoteHosts().includes('10.0.0.0/24', '10.0.1.5')).toBe(false)
})

test('application context, protocol version and a peer that takes only tiny PDUs are rejected, whoever asks', () => {
  expect(checkProtocol(request())).toBeUndefined()
  expect(checkProtocol(request({ maximumPduLength: 0 }))).toBeUndefined()
  expect(checkProtocol(request({ applicationContext: '1.2.3' }))).toMatchObject({ source: 1, reason: 2 })
  expect(checkProtocol(request({ protocolVersion: 2 }))).toMatchObject({ source: 2, reason: 2 })
  for (const maximumPduLength of [1, 6, 7, 1023])
    expect(checkProtocol(request({ maximumPduLength }))).toMatchObject({ result: 1, source: 1, reason: 1 })
})
