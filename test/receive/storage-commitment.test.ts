import { connect } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import type { CommitmentReport } from '../../src/dimse/commitment-data-set.ts'
import { requestCommitment } from '../../src/dimse/storage-commitment.ts'
import { parseUid } from '../../src/study/identifiers.ts'
import { breakableWire } from '../support/breakable-wire.ts'
import { describeWith } from '../support/needs.ts'
import { startTestNode, untilStudies } from '../support/node.ts'
import { startOrthanc } from '../support/orthanc.ts'
import { oweResults } from '../support/owed-results.ts'
import { part10, tinyDx } from '../support/part10.ts'
import { freePort } from '../support/ports.ts'
import { dxFile, push } from '../support/push.ts'
import { recordingScp, until } from '../support/recording-scp.ts'
import { newUid } from '../support/rows.ts'

vi.setConfig({ testTimeout: 60_000 })

const NO_WAIT = { lingerMs: 0, onReport: async () => {} }
const DX = parseUid(SopClass.DigitalXRayImageStorageForPresentation)

/** A node that receives, and a sender TESTER that listens for its reports, by way of a wire that may be cut. */
async function senderAndNode() {
  const reports: CommitmentReport[] = []
  const sender = await recordingScp({
    admit: async () => undefined,
    commitment: { requested: async () => {}, reported: async (_peer, report) => void reports.push(report) },
  })
  const wire = await breakableWire(() => connect(sender.port, '127.0.0.1'))
  const peers = [
    { aeTitle: 'TESTER', host: '127.0.0.1', reportTo: { host: '127.0.0.1', port: wire.port } },
    { aeTitle: 'STORESCU', host: '127.0.0.1' },
  ]
  const node = await startTestNode({ roles: ['receiver'], environment: { MCADS_DICOM__PEERS: JSON.stringify(peers) } })
  const peer = { host: '127.0.0.1', port: node.dicomPort, calledAeTitle: 'MCADS', timeoutMs: 5000 }
  const ask = (callingAeTitle: string, instances: { sopClassUid: string; sopInstanceUid: string }[]) => {
    const request = {
      transactionUid: newUid(),
      instances: instances.map((each) => ({
        sopClassUid: parseUid(each.sopClassUid),
        sopInstanceUid: parseUid(each.sopInstanceUid),
      })),
    }
    return requestCommitment({ ...peer, callingAeTitle }, request, NO_WAIT).then(() => request)
  }
  return { node, wire, reports, ask }
}

describe('a sender that asks the node to keep instances', () => {
  test('is told over an association of its own what is durable, and what is not with its reason', async () => {
    const { node, reports, ask } = await senderAndNode()
    const kept = { sopClassUid: DX, sopInstanceUid: newUid() }
    await push(node.dicomPort, await dxFile({ SOPInstanceUID: kept.sopInstanceUid }))
    const never = { sopClassUid: DX, sopInstanceUid: newUid() }
    const other = { ...kept, sopClassUid: parseUid(SopClass.SecondaryCaptureImageStorage) }
    const first = await ask('TESTER', [kept])
    await until(() => reports.length === 1)
    expect(reports).toEqual([{ transactionUid: first.transactionUid, kept: [kept], failed: [] }])
    const second = await ask('TESTER', [kept, never, other])
    await until(() => reports.length === 2)
    expect(reports[1]).toEqual({
      transactionUid: second.transactionUid,
      kept: [kept],
      failed: [
        { ...never, reason: 0x0112 },
        { ...other, reason: 0x0119 },
      ],
    })
    // The row follows what the sender was told.
    const rows = () => node.db.selectFrom('commitmentReport').select(['state', 'failed']).orderBy('id').execute()
    await expect.poll(rows, { timeout: 10_000 }).toEqual([
      { state: 'sent', failed: 0 },
      { state: 'sent', failed: 2 },
    ])
  })

  test('gets the report when it listens again', async () => {
    const { node, wire, reports, ask } = await senderAndNode()
    await wire.cut()
    await ask('TESTER', [{ sopClassUid: DX, sopInstanceUid: newUid() }])
    const owed = () => node.db.selectFrom('commitmentReport').selectAll().executeTakeFirstOrThrow()
    await until(async () => (await owed()).attempts >= 2, 20_000)
    expect(await owed()).toMatchObject({ state: 'owed', reasonCode: 'PEER_UNREACHABLE' })
    await wire.mend()
    await until(() => reports.length === 1, 20_000)
    await until(async () => (await owed()).state === 'sent')
  })

  test('is refused at once where the configuration does not say where it listens', async () => {
    const { node, ask } = await senderAndNode()
    await expect(ask('STORESCU', [{ sopClassUid: DX, sopInstanceUid: newUid() }])).rejects.toMatchObject({
      code: 'STATUS_FAILURE',
      cause: 'reportTo of peer STORESCU is not configured',
    })
    expect(await node.db.selectFrom('commitmentReport').selectAll().execute()).toEqual([])
  })
})

describeWith(['Orthanc'], 'Orthanc', () => {
  test('stores an instance at the node, asks whether it is kept, and learns that it is', async () => {
    const [dicomPort, orthancPort] = [await freePort(), await freePort()]
    const modality = { AET: 'MCADS', Host: '127.0.0.1', Port: dicomPort, AllowStorageCommitment: true }
    const orthanc = await startOrthanc({ DicomModalities: { node: modality }, DicomPort: orthancPort })
    const peers = [{ aeTitle: 'ORTHANC', host: '127.0.0.1', reportTo: { host: '127.0.0.1', port: orthancPort } }]
    await startTestNode({
      roles: ['receiver'],
      environment: { MCADS_DICOM__PEERS: JSON.stringify(peers), MCADS_DICOM__PORT: String(dicomPort) },
    })
    const id = await orthanc.upload(part10(tinyDx({ SOPInstanceUID: newUid() })))
    await orthanc.rest('POST', '/modalities/node/store', [id])
    const { ID } = Object(await orthanc.rest('POST', '/modalities/node/storage-commitment', { Resources: [id] }))
    const status = async () => Object(await orthanc.rest('GET', `/storage-commitment/${ID}`)).Status
    await until(async () => (await status()) !== 'Pending', 20_000)
    expect(await status()).toBe('Success')
  })

  test('as a destination says that it keeps the results: they are confirmed', async () => {
    const [dicomPort, orthancPort] = [await freePort(), await freePort()]
    const modality = { AET: 'MCADS', Host: '127.0.0.1', Port: dicomPort, AllowStorageCommitment: true }
    await startOrthanc({ DicomModalities: { node: modality }, DicomPort: orthancPort })
    const node = await startTestNode({
      roles: ['receiver', 'sender'],
      destinations: [{ name: 'orthanc', aeTitle: 'ORTHANC', port: orthancPort, confirm: 'storage commitment' }],
      environment: { MCADS_DICOM__PORT: String(dicomPort) },
    })
    await oweResults(node, ['orthanc'], [SopClass.SecondaryCaptureImageStorage, SopClass.Comprehensive3dSrStorage])
    const [view] = await untilStudies(node.db, 1, {
      done: ({ deliveries }) => deliveries.every(({ state }) => state === 'confirmed'),
    })
    expect(view?.deliveries.map(({ confirmedBy }) => confirmedBy)).toEqual(Array(2).fill('storage commitment'))
  })

  test('as a destination that may not commit to us is queried: confirmed', async () => {
    const modality = { AET: 'MCADS', Host: '127.0.0.1', Port: 1, AllowStorageCommitment: false }
    const orthanc = await startOrthanc({ DicomModalities: { node: modality } })
    const node = await startTestNode({
      roles: ['sender'],
      destinations: [{ name: 'orthanc', aeTitle: 'ORTHANC', port: orthanc.port, confirm: 'auto' }],
      environment: { MCADS_DELIVERY__REPORT_WITHIN: '2s' },
    })
    await oweResults(node, ['orthanc'], [SopClass.SecondaryCaptureImageStorage])
    const [view] = await untilStudies(node.db, 1, { done: ({ deliveries }) => deliveries[0]?.state === 'confirmed' })
    expect(view?.deliveries[0]?.confirmedBy).toBe('query')
  })
})
