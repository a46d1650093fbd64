import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { echo } from '../../src/dimse/echo.ts'
import type { KnownPeer } from '../../src/dimse/known-peer.ts'
import type { StorageScpOptions } from '../../src/dimse/scp-options.ts'
import { storeInstances } from '../../src/dimse/storage-scu.ts'
import { readInstanceFile } from '../../src/files/instance-file.ts'
import { isNamed, namesOf, parseCertificates } from '../../src/tls/certificate.ts'
import { readTlsCredentials, type TlsCredentials, type TlsFiles } from '../../src/tls/credentials.ts'
import type { PeerTls } from '../../src/tls/options.ts'
import { Authority, type Issued } from '../support/certificates.ts'
import { dcmtk, startStorescp } from '../support/dcmtk.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { dxFile } from '../support/push.ts'
import { recordingScp, until } from '../support/recording-scp.ts'
import { associated, associateRq, callScripted, cEchoRq } from '../support/scripted-peer.ts'

type Change = {
  openSink?: StorageScpOptions['openSink']
  peers?: KnownPeer[]
  mutual?: boolean
  minimumVersion?: 'TLSv1.2' | 'TLSv1.3'
  handshakeMs?: number
  port?: number
}

/** An SCP that listens for TLS, and the authority behind its certificate. */
async function tlsScp({
  openSink,
  peers,
  mutual = true,
  minimumVersion = 'TLSv1.2',
  handshakeMs = 10_000,
  port,
}: Change = {}) {
  const authority = await Authority.open()
  const own = await authority.issue({ commonName: 'node' })
  let credentials = await readTlsCredentials({ ...own, ca: authority.ca })
  const scp = await recordingScp({
    port,
    tls: { port: 0, mutual, minimumVersion, credentials: () => credentials },
    timers: { handshakeMs },
    ...(peers && { admit: { calledAeTitles: [{ aeTitle: 'MCADS' }], peers } }),
    limits: { beforeNegotiation: 4 },
    ...(openSink && { openSink }),
  })
  const change = (next: TlsCredentials) => {
    credentials = next
  }
  return { scp, authority, own, change, tlsPort: scp.tlsPort ?? 0 }
}

async function callOver(port: number, files: TlsFiles, more: Partial<PeerTls> = {}) {
  const credentials = await readTlsCredentials(files)
  const tls: PeerTls = { credentials: () => credentials, verify: true, minimumVersion: 'TLSv1.2', ...more }
  const titles = { calledAeTitle: 'MCADS', callingAeTitle: 'SENDER' }
  return echo({ host: '127.0.0.1', port, ...titles, timeoutMs: 3000, tls })
}

/** A client that believes whatever is shown to it. */
async function openTls(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

describeWith(['openssl'], 'associations over TLS', () => {
  test('our SCU and our SCP speak TLS 1.3, each showing a certificate, and the log says whose', async () => {
    const { authority, tlsPort, scp } = await tlsScp()
    const sender = await authority.issue({ commonName: 'sender' })
    await callOver(tlsPort, { ...sender, ca: authority.ca })
    await until(() => scp.told.length === 2)
    expect(scp.told).toEqual(['opened: SENDER over TLSv1.3, sender', 'released: 0 instances'])
  })

  test('a plain port and a TLS port at once', async () => {
    const { authority, tlsPort, scp } = await tlsScp({ port: 0 })
    const sender = await authority.issue({ commonName: 'sender' })
    const plain = await associated(scp.port)
    await callOver(tlsPort, { ...sender, ca: authority.ca })
    expect(await plain.send(cEchoRq()).status()).toBe(0)
    expect(scp.listening).toBe(true)
  })

  const REFUSED: [
    string,
    (sender: Issued, other: Authority, authority: Authority) => Promise<Partial<Issued>>,
    RegExp,
  ][] = [
    ['no certificate', async () => ({}), /^dropped: TLS: the peer showed no certificate, and this port wants one$/],
    [
      'a certificate of an authority we do not know',
      (_sender, other) => other.issue({ commonName: 'stranger' }),
      /'CN=stranger' of 'CN=Other Authority' that the peer showed is not accepted: the authority it comes from is not in/,
    ],
    [
      'an expired certificate',
      (_sender, _other, authority) => authority.issue({ commonName: 'late', days: -1 }),
      /'CN=late' of 'CN=Test Authority' that the peer showed is not accepted: it has expired$/,
    ],
  ]
  test.each(REFUSED)('a peer with %s comes to no association, and the log says why', async (_name, shown, words) => {
    const { authority, tlsPort, scp } = await tlsScp()
    const sender = await authority.issue({ commonName: 'sender' })
    const files = await shown(sender, await Authority.open('Other Authority'), authority)
    await expect(callOver(tlsPort, { ...files, ca: authority.ca })).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:TLS_FAILED|PEER_UNREACHABLE)$/),
    })
    await until(() => scp.told.length > 0)
    expect(scp.told).toEqual([expect.stringMatching(words)])
  })

  test('a certificate of an authority below ours is accepted when that one’s is sent along, and the log says when it is not', async () => {
    const { authority, tlsPort, scp } = await tlsScp()
    const below = await authority.below('Department')
    const { certificate, key } = await below.issue({ commonName: 'modality' })
    const chain = join(await temporaryFolder(), 'chain.pem')
    await writeFile(chain, (await readFile(certificate, 'utf8')) + (await readFile(below.ca, 'utf8')))
    await callOver(tlsPort, { certificate: chain, key, ca: authority.ca })
    await expect(callOver(tlsPort, { certificate, key, ca: authority.ca })).rejects.toMatchObject({ name: 'Failure' })
    await until(() => scp.told.some((line) => line.includes('an intermediate is not sent along')))
    expect(scp.told[0]).toBe('opened: SENDER over TLSv1.3, modality')
  })

  test('a name within which another is hidden is not that other', async () => {
    const authority = await Authority.open()
    const names = ['DNS:a.example, DNS:cr1.example, DNS:b.example', 'DNS:c.example']
    const { certificate } = await authority.issue({ commonName: 'modality', names })
    const [shown] = parseCertificates(await readFile(certificate, 'utf8'), certificate)
    expect(isNamed(namesOf(shown), 'c.example')).toBe(true)
    expect(isNamed(namesOf(shown), 'cr1.example')).toBe(false)
  })

  test('two hundred handshakes that are broken off leave nothing behind', async () => {
    const { authority, tlsPort, scp } = await tlsScp({ handshakeMs: 60_000 })
    const hello = Buffer.from('1603010005010000010303', 'hex')
    for (let round = 0; round < 50; round++) {
      const peers = await Promise.all([1, 2, 3, 4].map(() => callScripted(tlsPort)))
      for (const peer of peers) peer.send(hello)
      for (const { socket } of peers) socket.resetAndDestroy()
      await Promise.all(peers.map(({ socket }) => socket.closed || once(socket, 'close')))
    }
    const sender = await authority.issue({ commonName: 'sender' })
    await until(() =>
      callOver(tlsPort, { ...sender, ca: authority.ca }).then(
        () => true,
        () => false,
      ),
    )
    expect(scp.associations()).toEqual([])
  })

  test('a peer that sends without a pause is held back over TLS too while the sink is slow', async () => {
    const held = { now: 0, most: 0 }
    const { authority, tlsPort } = await tlsScp({
      openSink: () => ({
        async write(bytes) {
          held.now += bytes.length
          held.most = Math.max(held.most, held.now)
          await sleep(2)
          held.now -= bytes.length
        },
        finish: async () => {},
        discard: async () => {},
      }),
    })
    const own = await authority.issue({ commonName: 'sender' })
    const credentials = await readTlsCredentials({ ...own, ca: authority.ca })
    const tls: PeerTls = { credentials: () => credentials, verify: true, minimumVersion: 'TLSv1.2' }
    const file = await dxFile({ Rows: 2000, Columns: 2000, PixelData: new Uint8Array(8_000_000) })
    const peer = {
      host: '127.0.0.1',
      port: tlsPort,
      calledAeTitle: 'MCADS',
      callingAeTitle: 'SENDER',
      timeoutMs: 20_000,
      tls,
    }
    const outcomes: unknown[] = []
    await storeInstances(peer, [await readInstanceFile(file)], (_, outcome) => void outcomes.push(outcome))
    expect(outcomes).toMatchObject([{ status: 0 }])
    expect(held.most).toBeLessThan(1_000_000)
  })

  test('a certificate that its authority has revoked is refused from the next connection on, and the log says why', async () => {
    const { authority, tlsPort, scp, change, own } = await tlsScp()
    const [good, lost] = [await authority.issue({ commonName: 'good' }), await authority.issue({ commonName: 'lost' })]
    await callOver(tlsPort, { ...lost, ca: authority.ca })
    change(await readTlsCredentials({ ...own, ca: authority.ca, crl: await authority.revoke(lost) }))
    await expect(callOver(tlsPort, { ...lost, ca: authority.ca })).rejects.toMatchObject({ name: 'Failure' })
    await until(() => scp.told.some((line) => /'CN=lost' .* is not accepted: its authority has revoked it$/.test(line)))
    await callOver(tlsPort, { ...good, ca: authority.ca })
  })

  test('a destination whose certificate is revoked is not spoken with', async () => {
    const { authority, tlsPort, own } = await tlsScp({ mutual: false })
    const crl = await authority.revoke(own)
    await expect(callOver(tlsPort, { ca: authority.ca, crl })).rejects.toMatchObject({
      code: 'TLS_FAILED',
      message: expect.stringContaining("the peer's certificate is not accepted: its authority has revoked it"),
    })
  })

  test('without mutual authentication a peer needs no certificate', async () => {
    const { authority, tlsPort, scp } = await tlsScp({ mutual: false })
    await callOver(tlsPort, { ca: authority.ca })
    await until(() => scp.told.length === 2)
    expect(scp.told[0]).toBe('opened: SENDER over TLSv1.3')
  })

  test('plain DICOM on the TLS port is dropped, and the log says so', async () => {
    const { tlsPort, scp } = await tlsScp()
    const peer = await callScripted(tlsPort)
    peer.send(associateRq())
    expect(await peer.rest()).toEqual([])
    expect(scp.told).toEqual(['dropped: TLS: what came is not TLS: one side speaks plain DICOM, or another protocol'])
  })

  test('a handshake that does not come to its end in time ends in a destroyed socket', async () => {
    const { tlsPort, scp } = await tlsScp({ handshakeMs: 200 })
    const peer = await callScripted(tlsPort)
    peer.send(Buffer.from('160301', 'hex'))
    expect(await peer.rest()).toEqual([])
    expect(scp.told).toEqual(['dropped: TLS: the peer did not finish the handshake in time'])
    await peer.untilReset()
  })

  test('handshakes count among the connections without an association', async () => {
    const { tlsPort, scp } = await tlsScp()
    const silent = await Promise.all([1, 2, 3, 4].map(() => callScripted(tlsPort)))
    const fifth = await callScripted(tlsPort)
    expect(await fifth.rest()).toEqual([])
    expect(scp.told).toEqual(['dropped: too many connections without an association'])
    for (const { socket } of silent) socket.destroy()
    await until(async () => {
      const authority = await Authority.open()
      return callOver(tlsPort, { ca: authority.ca }).then(
        () => false,
        (error) => String(error).includes('certificate is not accepted'),
      )
    })
  })

  test('new certificates are shown from the next connection on, and open associations go on', async () => {
    const { authority, tlsPort, change } = await tlsScp({ mutual: false })
    const before = await openTls(tlsPort)
    const renewed = await authority.issue({ commonName: 'node renewed' })
    change(await readTlsCredentials({ ...renewed, ca: authority.ca }))
    const after = await openTls(tlsPort)
    const shown = [before, after].map((socket) => socket.getPeerX509Certificate()?.subject)
    expect(shown).toEqual(['CN=node', 'CN=node renewed'])
    before.write(associateRq())
    expect((await once(before, 'data'))[0].readUInt8(0)).toBe(2)
  })

  test('what older clients speak is refused: TLS 1.1, ciphers without forward secrecy; with 1.3 as minimum 1.2 too', async () => {
    const { tlsPort } = await tlsScp({ mutual: false })
    const strict = await tlsScp({ mutual: false, minimumVersion: 'TLSv1.3' })
    await openTls(tlsPort, { maxVersion: 'TLSv1.2' })
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const
    await expect(openTls(tlsPort, old)).rejects.toThrow()
    await expect(openTls(tlsPort, { maxVersion: 'TLSv1.2', ciphers: 'AES256-GCM-SHA384' })).rejects.toThrow()
    await expect(openTls(tlsPort, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-SHA' })).rejects.toThrow()
    await expect(openTls(strict.tlsPort, { maxVersion: 'TLSv1.2' })).rejects.toThrow()
  })
})

describeWith(['openssl', 'storescu', 'storescp'], 'DCMTK over TLS', () => {
  const tlsOptions = ({ key, certificate }: Issued, ca: string) => ['+tls', key, certificate, '+cf', ca]

  test('echoscu shows its certificate and is let in; with none, one that has expired or of a stranger it is not', async () => {
    const { authority, tlsPort, scp } = await tlsScp()
    const [good, late] = [
      await authority.issue({ commonName: 'echoscu' }),
      await authority.issue({ commonName: 'late', days: -1 }),
    ]
    const stranger = await (await Authority.open('Other Authority')).issue({ commonName: 'stranger' })
    const call = (...options: string[]) => dcmtk('echoscu', ...options, '-aec', 'MCADS', '127.0.0.1', String(tlsPort))
    expect(await call(...tlsOptions(good, authority.ca))).toMatchObject({ exitCode: 0 })
    for (const options of [
      ['+tla', '+cf', authority.ca],
      tlsOptions(late, authority.ca),
      tlsOptions(stranger, authority.ca),
      [],
    ])
      expect((await call(...options)).exitCode).not.toBe(0)
    expect(scp.told.filter((line) => line.startsWith('opened'))).toEqual(['opened: ECHOSCU over TLSv1.3, echoscu'])
    expect(scp.told.filter((line) => line.startsWith('dropped: TLS'))).toHaveLength(4)
  })

  test('a calling AE title that is bound to a certificate takes more than a certificate that is valid', async () => {
    const bound = { aeTitle: 'CR1', host: '127.0.0.1', certificate: 'cr1.example' }
    const { authority, tlsPort, scp } = await tlsScp({ peers: [bound] })
    const call = async (names: string[]) => {
      const own = await authority.issue({ commonName: 'modality', names })
      const options = [...tlsOptions(own, authority.ca), '-aet', 'CR1', '-aec', 'MCADS']
      return (await dcmtk('echoscu', ...options, '127.0.0.1', String(tlsPort))).exitCode
    }
    expect(await call(['DNS:cr1.example'])).toBe(0)
    expect(await call(['DNS:cr2.example'])).not.toBe(0)
    expect(scp.told).toContainEqual(
      expect.stringMatching(
        /^rejected: .*'CR1' .* has to show the certificate 'cr1.example'; it showed 'modality', 'cr2.ex/,
      ),
    )
  })

  test('storescu stores over TLS, with every profile of BCP 195 it has', async () => {
    const { authority, tlsPort, scp } = await tlsScp()
    const own = await authority.issue({ commonName: 'storescu' })
    for (const [at, profile] of ['+py', '+px', '+pz'].entries()) {
      const file = await dxFile({ SOPInstanceUID: `1.2.3.4.${at}` })
      const run = await dcmtk(
        'storescu',
        ...tlsOptions(own, authority.ca),
        profile,
        '-aec',
        'MCADS',
        '127.0.0.1',
        String(tlsPort),
        file,
      )
      expect(run).toMatchObject({ exitCode: 0 })
    }
    expect(scp.stored.map(({ incoming }) => incoming.sopInstanceUid)).toEqual(['1.2.3.4.0', '1.2.3.4.1', '1.2.3.4.2'])
  })

  test('storescp takes what we send when it knows our authority; each side says what it misses', async () => {
    const authority = await Authority.open()
    const [pacs, own] = [await authority.issue({ commonName: 'pacs' }), await authority.issue({ commonName: 'node' })]
    const { port } = await startStorescp(await temporaryFolder(), ...tlsOptions(pacs, authority.ca))
    await callOver(port, { ...own, ca: authority.ca })
    const words = (files: TlsFiles, more?: Partial<PeerTls>) =>
      callOver(port, files, more).then(
        () => 'in',
        (error: Error) => error.message,
      )
    const other = await Authority.open('Other Authority')
    expect(await words({ ...own, ca: other.ca })).toContain(
      "TLS: the peer's certificate is not accepted: the authority it",
    )
    expect(await words({ ...own, ca: other.ca }, { verify: false })).toBe('in')
    expect(await words({ ...own, ca: authority.ca }, { servername: 'archive.test' })).toContain(
      'is not the name in its certificate',
    )
    expect(await words({ ca: authority.ca })).toMatch(/the peer (?:wants a certificate of ours|closed)/)
    const stranger = await other.issue({ commonName: 'stranger' })
    expect(await words({ ...stranger, ca: authority.ca })).toContain('the peer does not know the authority that our')
  })

  test('a storescp that speaks plain DICOM is TLS_FAILED, in words', async () => {
    const authority = await Authority.open()
    const { port } = await startStorescp(await temporaryFolder())
    await expect(callOver(port, { ca: authority.ca })).rejects.toMatchObject({
      code: 'TLS_FAILED',
      message: expect.stringMatching(/what came is not TLS|closed the connection during the handshake/),
    })
  })
})
