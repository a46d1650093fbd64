import { once } from 'node:events'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { expect, test, vi } from 'vitest'
import type { StudyView } from '../../src/db/study-view.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { Authority, type Issued } from '../support/certificates.ts'
import { dcmtk, startStorescp } from '../support/dcmtk.ts'
import { configFile, mcads } from '../support/mcads.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { startTestNode, untilStudies } from '../support/node.ts'
import { oweResults } from '../support/owed-results.ts'
import { dxFile } from '../support/push.ts'
import { recordedLog } from '../support/recorded-log.ts'
import { until } from '../support/recording-scp.ts'
import { associateRq, cEchoRq, ScriptedPeer } from '../support/scripted-peer.ts'

vi.setConfig({ testTimeout: 60_000 })

async function openTls(port: number) {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  return { shown: socket.getPeerX509Certificate()?.subject, peer: new ScriptedPeer(socket) }
}

describeWith(['openssl', 'storescu', 'storescp'], 'a node with TLS', () => {
  test('takes instances on its plain port and on its TLS port, and the log tells them apart', async () => {
    const authority = await Authority.open()
    const [own, peer] = [
      await authority.issue({ commonName: 'node' }),
      await authority.issue({ commonName: 'modality' }),
    ]
    const log = recordedLog()
    const { node, dicomPort, db } = await startTestNode({
      roles: ['receiver'],
      overrides: log.overrides,
      environment: { MCADS_DICOM__TLS: JSON.stringify({ port: 0, ...own, ca: authority.ca }) },
    })
    const files = [await dxFile(), await dxFile({ SOPInstanceUID: '1.2.3.4.2', StudyInstanceUID: '1.2.3.2' })]
    const [plain = '', secure = ''] = files
    const to = (port: number | undefined) => ['-aec', 'MCADS', '127.0.0.1', String(port)]
    const tls = ['+tls', peer.key, peer.certificate, '+cf', authority.ca]
    expect((await dcmtk('storescu', ...to(dicomPort), plain)).exitCode).toBe(0)
    expect((await dcmtk('storescu', ...tls, ...to(node.dicomTlsPort), secure)).exitCode).toBe(0)
    await untilStudies(db, 2, { done: () => true })
    const accepted = log.saying('association accepted')
    expect(accepted.map(({ tls: version, certificateName }) => [version, certificateName])).toEqual([
      [undefined, undefined],
      ['TLSv1.3', 'modality'],
    ])
    expect(log.saying('listening for associations').map(({ transport }) => transport)).toEqual(['plain', 'TLS'])
  })

  test('whose certificate is renewed shows the new one to whom comes next, and drops nobody', async () => {
    const authority = await Authority.open()
    const folder = await temporaryFolder()
    const files = { certificate: join(folder, 'tls.pem'), key: join(folder, 'tls.key') }
    const use = async ({ certificate, key }: Issued) => {
      await copyFile(certificate, files.certificate)
      await copyFile(key, files.key)
    }
    await use(await authority.issue({ commonName: 'node' }))
    const { node } = await startTestNode({
      roles: ['receiver'],
      environment: { MCADS_DICOM__TLS: JSON.stringify({ port: 0, ...files, mutual: false }) },
    })
    const before = await openTls(node.dicomTlsPort ?? 0)
    await before.peer.send(associateRq({ calling: 'TESTER' })).next()
    await use(await authority.issue({ commonName: 'node renewed' }))
    process.emit('SIGHUP', 'SIGHUP')
    await until(async () => (await openTls(node.dicomTlsPort ?? 0)).shown === 'CN=node renewed')
    expect(before.shown).toBe('CN=node')
    expect(await before.peer.send(cEchoRq()).status()).toBe(0)
  })

  test('delivers over TLS, and waits with what it owes until it trusts the certificate of the destination', async () => {
    const [known, unknown] = [await Authority.open(), await Authority.open('New Authority')]
    const pacs = await unknown.issue({ commonName: 'pacs' })
    const storescp = await startStorescp(await temporaryFolder(), '+tls', pacs.key, pacs.certificate, '-ic')
    const ca = join(await temporaryFolder(), 'ca.pem')
    await copyFile(known.ca, ca)
    const there = { aeTitle: 'STORESCP', host: '127.0.0.1', port: storescp.port, confirm: 'none' }
    const node = await startTestNode({
      roles: ['sender'],
      environment: { MCADS_DESTINATIONS: JSON.stringify([{ name: 'pacs', ...there, tls: { ca, ...pacs } }]) },
    })
    await oweResults(node, ['pacs'], [SopClass.SecondaryCaptureImageStorage])
    const reason = ({ deliveries }: StudyView) => deliveries[0]?.reasonCode
    await untilStudies(node.db, 1, { done: (view) => reason(view) === 'TLS_FAILED' })
    await copyFile(unknown.ca, ca)
    process.emit('SIGHUP', 'SIGHUP')
    const [view] = await untilStudies(node.db, 1)
    expect(view?.deliveries.map(({ state }) => state)).toEqual(['sent'])
    expect(await storescp.files()).toHaveLength(1)
  })

  test('mcads echo and mcads send reach a destination over TLS', async () => {
    const authority = await Authority.open()
    const [pacs, own] = [await authority.issue({ commonName: 'pacs' }), await authority.issue({ commonName: 'node' })]
    const storescp = await startStorescp(
      await temporaryFolder(),
      '+tls',
      pacs.key,
      pacs.certificate,
      '+cf',
      authority.ca,
    )
    const there = { aeTitle: 'STORESCP', host: '127.0.0.1', port: storescp.port }
    const config = await configFile({
      destinations: [
        { name: 'pacs', ...there, tls: { ca: authority.ca, ...own } },
        { name: 'named', ...there, tls: { ca: authority.ca, ...own, servername: 'localhost' } },
        { name: 'misnamed', ...there, tls: { ca: authority.ca, ...own, servername: 'elsewhere.test' } },
      ],
    })
    expect(await mcads('echo', 'pacs', '--config', config)).toMatchObject({ exitCode: 0 })
    expect(await mcads('echo', 'named', '--config', config)).toMatchObject({ exitCode: 0 })
    const misnamed = await mcads('echo', 'misnamed', '--config', config)
    expect(misnamed).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('TLS_FAILED') })
    expect(misnamed.stderr).toContain('set servername, or correct host')
    const send = [
      'send',
      await dxFile(),
      '--to',
      `127.0.0.1:${storescp.port}`,
      '--called',
      'STORESCP',
      '--tls-ca',
      authority.ca,
    ]
    const sent = await mcads(...send, '--tls-certificate', own.certificate, '--tls-key', own.key)
    expect(sent).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('0000H Success') })
    expect(await mcads(...send, '--tls-key', own.key)).toMatchObject({ exitCode: 2 })
    expect(await storescp.files()).toHaveLength(1)
  })
})
