import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openAdmission } from '../../src/dimse/admission.ts'
import { parseAssociationRequest } from '../../src/dimse/association-request.ts'
import { checkProtocol } from '../../src/dimse/check-protocol.ts'
import { normalAddress, openRemoteHosts } from '../../src/dimse/remote-hosts.ts'
import { associateRq, type Rq } from '../support/scripted-peer.ts'

const request = (rq: Rq = {}) => parseAssociationRequest(associateRq(rq).subarray(6))
const from = (remoteAddress: string) => ({ remoteAddress })
const ours = { calledAeTitles: [{ aeTitle: 'MCADS' }, { aeTitle: 'MCADS2' }] }
const admit = openAdmission({
  ...ours,
  peers: [
    { aeTitle: 'PACS1', host: '10.0.0.5' },
    { aeTitle: 'CR1', host: '10.1.0.0/16' },
    { aeTitle: 'HERE', host: 'localhost' },
    { aeTitle: 'V6', host: 'fd00::/8' },
  ],
})

test.each([
  ['PACS1', '10.0.0.5'],
  ['CR1', '10.1.2.3'],
  ['HERE', '127.0.0.1'],
  ['V6', 'fd12::7'],
])('%s may associate from %s', async (calling, address) => {
  expect(await admit(request({ calling }), from(address))).toBeUndefined()
  expect(await admit(request({ calling, called: 'MCADS2' }), from(address))).toBeUndefined()
})

test('a called AE title that is not ours is reason 7, and the words say which ones are', async () => {
  expect(await admit(request({ called: 'OTHER', calling: 'PACS1' }), from('10.0.0.5'))).toEqual({
    result: 1,
    source: 1,
    reason: 7,
    words: "called AE title 'OTHER' is not ours; 'PACS1' from 10.0.0.5 should call 'MCADS', 'MCADS2'",
  })
})

test('a listed AE title from another address is reason 3, and the words name the address that is listed', async () => {
  expect(await admit(request({ calling: 'PACS1' }), from('10.0.0.9'))).toEqual({
    result: 1,
    source: 1,
    reason: 3,
    words: "calling AE title 'PACS1' from 10.0.0.9 is not listed; 'PACS1' is listed for 10.0.0.5",
  })
})

test('another AE title from a listed address is reason 3, and the words name the title that is listed', async () => {
  const rejection = await admit(request({ calling: 'pacs1' }), from('10.0.0.5'))
  expect(rejection?.reason).toBe(3)
  expect(rejection?.words).toBe("calling AE title 'pacs1' from 10.0.0.5 is not listed; 'PACS1' is listed for 10.0.0.5")
})

test('an AE title that is written a little otherwise is reason 3, and the words name the one that is listed', async () => {
  for (const calling of ['PACS-1', 'pacs1', 'PACS', 'PACS2', 'PACS11']) {
    const rejection = await admit(request({ calling }), from('10.9.9.9'))
    expect(rejection?.reason).toBe(3)
    expect(rejection?.words).toBe(
      `calling AE title '${calling}' from 10.9.9.9 is not listed; 'PACS1' is listed for 10.0.0.5`,
    )
  }
  expect((await admit(request({ calling: 'WHOEVER' }), from('10.9.9.9')))?.words).toBe(
    "calling AE title 'WHOEVER' from 10.9.9.9 is not listed",
  )
})

test('one AE title may call from several addresses', async () => {
  const several = openAdmission({ ...ours, peers: [{ aeTitle: 'CR1', host: ['10.0.0.5', '10.2.0.0/16'] }] })
  for (const address of ['10.0.0.5', '10.2.7.7'])
    expect(await several(request({ calling: 'CR1' }), from(address))).toBeUndefined()
  expect((await several(request({ calling: 'CR1' }), from('10.0.0.6')))?.words).toBe(
    "calling AE title 'CR1' from 10.0.0.6 is not listed; 'CR1' is listed for 10.0.0.5, 10.2.0.0/16",
  )
})

describe('a called AE title with rules of its own', () => {
  const pilot = openAdmission({
    calledAeTitles: [{ aeTitle: 'MCADS' }, { aeTitle: 'PILOT', peers: ['CR1'] }, { aeTitle: 'CLOSED', peers: [] }],
    peers: ['CR1', 'CR2'].map((aeTitle) => ({ aeTitle, host: '10.0.0.5' })),
  })
  const call = (calling: string, called: string) => pilot(request({ calling, called }), from('10.0.0.5'))

  test('may be called by the peers it names, and by no other', async () => {
    expect(await call('CR1', 'PILOT')).toBeUndefined()
    expect(await call('CR2', 'MCADS')).toBeUndefined()
    expect(await call('CR2', 'PILOT')).toEqual({
      result: 1,
      source: 1,
      reason: 3,
      words:
        "calling AE title 'CR2' from 10.0.0.5 is listed, but not among the peers that may call 'PILOT'; it may call 'MCADS'",
    })
  })

  test('is named to whom may call it, and to nobody else', async () => {
    expect((await call('CR1', 'PILOT2'))?.words).toContain("should call 'MCADS', 'PILOT'")
    expect((await call('CR2', 'PILOT2'))?.words).toMatch(/should call 'MCADS'$/)
  })
})

describe('a peer with a certificate', () => {
  const certificate = (...names: string[]) => ({ names, fingerprint256: 'AB:CD:EF' })
  const bound = openAdmission({
    ...ours,
    peers: [
      { aeTitle: 'CR1', host: '10.0.0.0/24', certificate: 'cr1.example' },
      { aeTitle: 'CR2', host: '10.0.0.0/24', certificate: 'sha256:ab:cd:ef' },
      { aeTitle: 'CR3', host: '10.0.0.0/24' },
    ],
  })
  const call = (calling: string, names?: string[], tls: string | undefined = 'TLSv1.3') =>
    bound(request({ calling }), {
      remoteAddress: '10.0.0.5',
      ...(tls && { tls }),
      ...(names && { certificate: certificate(...names) }),
    })

  test('is let in with one of its names, in any case, or by its fingerprint', async () => {
    expect(await call('CR1', ['Modality', 'CR1.example'])).toBeUndefined()
    expect(await call('CR2', ['whatever'])).toBeUndefined()
    expect(await call('CR3', ['whatever'])).toBeUndefined()
  })

  test("shows another one's: reason 3, and the words say whose it is", async () => {
    const other = openAdmission({
      ...ours,
      peers: ['cr1', 'cr2'].map((name) => ({ aeTitle: name.toUpperCase(), host: '10.0.0.5', certificate: name })),
    })
    const origin = { remoteAddress: '10.0.0.5', tls: 'TLSv1.3', certificate: certificate('cr2') }
    expect(await other(request({ calling: 'CR1' }), origin)).toEqual({
      result: 1,
      source: 1,
      reason: 3,
      words:
        "calling AE title 'CR1' from 10.0.0.5 has to show the certificate 'cr1'; it showed 'cr2' (sha256:AB:CD:EF), which is that of 'CR2'",
    })
  })

  test('shows none, or comes over plain TCP: rejected, and the words say what is wanted', async () => {
    expect(await call('CR1')).toMatchObject({
      reason: 3,
      words: expect.stringMatching(/'cr1.example'; it showed none$/),
    })
    const plain = await bound(request({ calling: 'CR1' }), from('10.0.0.5'))
    expect(plain).toMatchObject({ result: 1, source: 1, reason: 1 })
    expect(plain?.words).toContain(
      "has to come over TLS and show the certificate 'cr1.example'; it came over plain TCP",
    )
  })
})

test('where TLS is required only chosen peers come over plain TCP', async () => {
  const strict = openAdmission({
    ...ours,
    tlsRequired: true,
    peers: [
      { aeTitle: 'CR1', host: '10.0.0.5' },
      { aeTitle: 'OLD', host: '10.0.0.5', plain: true },
    ],
  })
  expect(await strict(request({ calling: 'OLD' }), from('10.0.0.5'))).toBeUndefined()
  expect(await strict(request({ calling: 'CR1' }), { ...from('10.0.0.5'), tls: 'TLSv1.3' })).toBeUndefined()
  expect(await strict(request({ calling: 'CR1' }), from('10.0.0.5'))).toEqual({
    result: 1,
    source: 1,
    reason: 1,
    words: "calling AE title 'CR1' from 10.0.0.5 has to come over TLS; it came over plain TCP",
  })
})

test('nobody may associate when no peer is listed', async () => {
  const closed = openAdmission({ ...ours, peers: [] })
  expect((await closed(request(), from('127.0.0.1')))?.reason).toBe(3)
})

test('a range that is none is CONFIG_INVALID at once', () => {
  const wrong = () => openAdmission({ ...ours, peers: [{ aeTitle: 'MODALITY', host: '10.0.0.0/33' }] })
  expect(wrong).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
})

test('a host name that does not resolve is temporary congestion, and the words name the host', async () => {
  const lost = openAdmission({ ...ours, peers: [{ aeTitle: 'MODALITY', host: 'no-such-host.invalid' }] })
  expect(await lost(request(), from('127.0.0.1'))).toEqual({
    result: 2,
    source: 3,
    reason: 1,
    words: "calling AE title 'MODALITY' from 127.0.0.1: its listed host 'no-such-host.invalid' cannot be resolved",
  })
  expect((await lost(request({ calling: 'ANOTHER' }), from('127.0.0.1')))?.reason).toBe(3)
})

test('a host name that does not resolve keeps nobody out who is listed otherwise', async () => {
  const hosts = ['no-such-host.invalid', '10.0.0.7']
  const half = openAdmission({ ...ours, peers: hosts.map((host) => ({ aeTitle: 'MODALITY', host })) })
  expect(await half(request(), from('10.0.0.7'))).toBeUndefined()
})

describe('the addresses of a host name', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
  afterEach(() => void vi.useRealTimers())

  /** Answers in order: addresses, or no answer for undefined. */
  function hostsOf(...answers: (string[] | undefined)[]) {
    const lookUp = vi.fn(async () => answers.shift() ?? Promise.reject(new Error('EAI_AGAIN')))
    return { lookUp, hosts: openRemoteHosts(lookUp) }
  }

  test('hold for a minute, then those of today', async () => {
    const { lookUp, hosts } = hostsOf(['10.0.0.5'], ['10.0.0.6'])
    const now = () => Promise.all(['10.0.0.5', '10.0.0.6'].map((address) => hosts.includes('pacs', address)))
    expect(await now()).toEqual([true, false])
    expect(await now()).toEqual([true, false])
    expect(lookUp).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(60_000)
    expect(await now()).toEqual([false, true])
  })

  test('hold for longer while the name cannot be looked up', async () => {
    const { lookUp, hosts } = hostsOf(['10.0.0.5'], undefined, undefined, ['10.0.0.6'])
    const held: unknown[] = []
    for (let i = 0; i < 4; i++) {
      held.push(await hosts.includes('pacs', '10.0.0.5'))
      vi.advanceTimersByTime(60_000)
    }
    expect(held).toEqual([true, true, true, false])
    expect(lookUp).toHaveBeenCalledTimes(4)
  })

  test('are looked up again at the next question when that failed', async () => {
    const { hosts } = hostsOf(undefined, ['10.0.0.5'])
    expect(await hosts.includes('pacs', '10.0.0.5')).toBe('unresolved')
    expect(await hosts.includes('pacs', '10.0.0.5')).toBe(true)
  })

  test('are waited for no longer than an association request can wait', async () => {
    const hosts = openRemoteHosts(() => new Promise(() => {}))
    expect(await hosts.includes('pacs', '10.0.0.5')).toBe('unresolved')
  })
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
