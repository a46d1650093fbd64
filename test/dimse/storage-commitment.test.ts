import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { toImplicitVr } from '../../src/dicom/implicit-vr.ts'
import { encodeDataSet } from '../../src/dicom/write-data-set.ts'
import {
  type CommitmentReport,
  type CommitmentRequest,
  reportDataSet,
  requestDataSet,
} from '../../src/dimse/commitment-data-set.ts'
import { find } from '../../src/dimse/find.ts'
import type { CommitmentHandler } from '../../src/dimse/incoming-commitment.ts'
import { FailureReason } from '../../src/dimse/status.ts'
import { reportCommitment, requestCommitment } from '../../src/dimse/storage-commitment.ts'
import { storeInstances } from '../../src/dimse/storage-scu.ts'
import { Failure } from '../../src/failure.ts'
import { parseUid } from '../../src/study/identifiers.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { startOrthanc } from '../support/orthanc.ts'
import { part10, tinyDx } from '../support/part10.ts'
import { freePort } from '../support/ports.ts'
import { recordingScp, until } from '../support/recording-scp.ts'
import { newUid } from '../support/rows.ts'
import {
  ABORTED,
  associateAc,
  associated,
  associateRq,
  COMMAND,
  callScripted,
  command,
  DX,
  EXPLICIT,
  IMPLICIT,
  LAST,
  listenScripted,
  pData,
  RELEASE_RP,
  response,
  roleSelection,
  STORAGE_COMMITMENT,
  STORAGE_COMMITMENT_INSTANCE,
} from '../support/scripted-peer.ts'

const peerAt = (port: number, calledAeTitle = 'MCADS', callingAeTitle = 'SENDER') => ({
  ...{ host: '127.0.0.1', port, calledAeTitle, callingAeTitle },
  timeoutMs: 3000,
})

const instance = () => ({ sopClassUid: parseUid(DX), sopInstanceUid: newUid() })
const newRequest = (count = 2) => ({ transactionUid: newUid(), instances: Array.from({ length: count }, instance) })

/** An SCP that notes what it is asked and told. */
async function committingScp(port = 0, handler: Partial<CommitmentHandler> = {}) {
  const requests: CommitmentRequest[] = []
  const reports: CommitmentReport[] = []
  const scp = await recordingScp({
    port,
    admit: async () => undefined,
    commitment: {
      requested: async (_peer, request) => void requests.push(request),
      reported: async (_peer, report) => void reports.push(report),
      ...handler,
    },
  })
  return { port: scp.port, requests, reports }
}

const NO_WAIT = { lingerMs: 0, onReport: async () => {} }
const PROPOSED = [{ id: 1, abstractSyntax: STORAGE_COMMITMENT, transferSyntaxes: [EXPLICIT] }]
const nAction = (actionType = 1) =>
  command({
    ...{ field: 0x130, messageId: 7, requestedSopClass: STORAGE_COMMITMENT },
    ...{ requestedSopInstance: STORAGE_COMMITMENT_INSTANCE, actionType, dataSet: true },
  })
const nEventReport = (eventType = 1) =>
  command({
    ...{ field: 0x100, messageId: 9, sopClass: STORAGE_COMMITMENT, sopInstance: STORAGE_COMMITMENT_INSTANCE },
    ...{ eventType, dataSet: true },
  })

describe('asking a peer', () => {
  test('the request arrives as it was made', async () => {
    const { port, requests } = await committingScp()
    const request = newRequest(1200)
    await requestCommitment(peerAt(port), request, NO_WAIT)
    expect(requests).toEqual([request])
  })

  test.each([EXPLICIT, IMPLICIT])('a report over the same association is taken, in %s', async (transferSyntax) => {
    const request = newRequest()
    const [kept, lost] = request.instances
    if (!kept || !lost) throw new Error('two instances')
    const report = { ...request, kept: [kept], failed: [{ ...lost, reason: 0x0112 }] }
    const answers: (number | undefined)[] = []
    const port = await listenScripted(async (peer) => {
      await peer.next()
      peer.send(associateAc([{ id: 1, result: 0, transferSyntax }]))
      await peer.next()
      await peer.next()
      peer.send(response(0x8130, 1, 0))
      const explicit = Buffer.from(encodeDataSet(reportDataSet(report)))
      const dataSet = transferSyntax === IMPLICIT ? toImplicitVr(explicit) : explicit
      peer.send(pData(1, COMMAND | LAST, nEventReport(2)), pData(1, LAST, dataSet))
      answers.push(await peer.status())
      await peer.next()
      peer.send(RELEASE_RP)
    })
    const reports: CommitmentReport[] = []
    const started = performance.now()
    await requestCommitment(peerAt(port), request, {
      lingerMs: 3000,
      onReport: async (each) => void reports.push(each),
    })
    expect(reports).toEqual([{ transactionUid: request.transactionUid, kept: report.kept, failed: report.failed }])
    expect(answers).toEqual([0])
    expect(performance.now() - started).toBeLessThan(2000)
  })

  test('one that does not support it is SOP_CLASS_REFUSED, one that refuses says why', async () => {
    const { port } = await recordingScp({ admit: async () => undefined })
    await expect(requestCommitment(peerAt(port), newRequest(), NO_WAIT)).rejects.toMatchObject({
      code: 'SOP_CLASS_REFUSED',
    })
    const refusing = await committingScp(0, {
      requested: () => Promise.reject(new Failure('NOT_FOUND', 'no address for SENDER')),
    })
    await expect(requestCommitment(peerAt(refusing.port), newRequest(), NO_WAIT)).rejects.toMatchObject({
      code: 'STATUS_FAILURE',
      cause: 'no address for SENDER',
    })
  })
})

describe('being asked, and told', () => {
  test('a report over an association of its own is taken; the SCP role proposed for it is accepted', async () => {
    const { port, reports } = await committingScp()
    const [kept, failed] = [instance(), { ...instance(), reason: FailureReason.NoSuchObjectInstance }]
    const report = { transactionUid: newUid(), kept: [kept], failed: [failed] }
    await reportCommitment(peerAt(port), report)
    expect(reports).toEqual([report])
    const peer = await callScripted(port)
    const answer = await peer
      .send(associateRq({ contexts: PROPOSED, user: [roleSelection(STORAGE_COMMITMENT, 0, 1)] }))
      .next()
    expect(answer?.body.includes(roleSelection(STORAGE_COMMITMENT, 0, 1))).toBe(true)
  })

  test('our report proposes the SCP role and not the SCU role', async () => {
    let asked: Buffer | undefined
    const port = await listenScripted(async (peer) => {
      asked = (await peer.next())?.body
      peer.socket.destroy()
    })
    const report = { transactionUid: newUid(), kept: [instance()], failed: [] }
    await expect(reportCommitment(peerAt(port), report)).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
    expect(asked?.includes(roleSelection(STORAGE_COMMITMENT, 0, 1))).toBe(true)
  })

  test('another action or event is answered 0123H or 0113H; a data set that is none 0115H', async () => {
    const { port, requests } = await committingScp()
    const dataSet = Buffer.from(encodeDataSet(requestDataSet(newRequest())))
    const send = async (head: Buffer, body: Buffer) => {
      const peer = await associated(port, { contexts: PROPOSED })
      return peer.send(pData(1, COMMAND | LAST, head), pData(1, LAST, body)).status()
    }
    expect(await send(nAction(2), dataSet)).toBe(0x0123)
    expect(await send(nEventReport(3), dataSet)).toBe(0x0113)
    expect(await send(nAction(), Buffer.alloc(64, 'x'))).toBe(0x0115)
    expect(await send(nAction(), Buffer.alloc(0))).toBe(0x0115)
    expect(requests).toEqual([])
  })

  test('a data set without end is aborted', async () => {
    const { port } = await committingScp()
    const peer = await associated(port, { contexts: PROPOSED })
    peer.send(pData(1, COMMAND | LAST, nAction()))
    for (let i = 0; i < 70; i++) peer.send(pData(1, 0, Buffer.alloc(65_536)))
    expect(await peer.rest()).toContain(ABORTED)
  })
})

describeWith(['Orthanc'], 'with Orthanc', () => {
  test('it reports what it keeps and what it does not over an association of its own, and answers queries', async () => {
    const ours = await freePort()
    const orthanc = await startOrthanc({
      DicomModalities: { mcads: { AET: 'MCADS', Host: '127.0.0.1', Port: ours, AllowStorageCommitment: true } },
    })
    const { reports } = await committingScp(ours)
    const [kept, never] = [instance(), instance()]
    const path = join(await temporaryFolder(), 'kept.dcm')
    const [study, series] = [newUid(), newUid()]
    await writeFile(
      path,
      part10(tinyDx({ SOPInstanceUID: kept.sopInstanceUid, StudyInstanceUID: study, SeriesInstanceUID: series })),
    )
    const peer = peerAt(orthanc.port, 'ORTHANC', 'MCADS')
    await storeInstances(peer, [{ path, transferSyntaxUid: EXPLICIT, ...kept }], () => {})
    const request = { transactionUid: newUid(), instances: [kept, never] }
    await requestCommitment(peer, request, NO_WAIT)
    await until(() => reports.length > 0)
    expect(reports).toEqual([
      {
        transactionUid: request.transactionUid,
        kept: [kept],
        failed: [{ ...never, reason: FailureReason.NoSuchObjectInstance }],
      },
    ])
    const at = (seriesInstanceUid: string) => ({
      QueryRetrieveLevel: 'IMAGE',
      StudyInstanceUID: study,
      SeriesInstanceUID: seriesInstanceUid,
      SOPInstanceUID: null,
    })
    const [found = [], none] = await find(peer, [at(series), at(newUid())])
    expect(found.map((match) => match.string('SOPInstanceUID'))).toEqual([kept.sopInstanceUid])
    expect(none).toEqual([])
  })

  test('it asks us and takes our report', async () => {
    const asked: CommitmentRequest[] = []
    const { port } = await committingScp(0, { requested: async (_peer, request) => void asked.push(request) })
    const orthanc = await startOrthanc({
      DicomModalities: { mcads: { AET: 'MCADS', Host: '127.0.0.1', Port: port, AllowStorageCommitment: true } },
    })
    const [kept, lost] = [instance(), instance()]
    const instances = [kept, lost].map(({ sopClassUid, sopInstanceUid }) => [sopClassUid, sopInstanceUid])
    const { ID } = Object(
      await orthanc.rest('POST', '/modalities/mcads/storage-commitment', { DicomInstances: instances }),
    )
    await until(() => asked.length > 0)
    expect(asked).toEqual([{ transactionUid: ID, instances: [kept, lost] }])
    const failed = [{ ...lost, reason: FailureReason.NoSuchObjectInstance }]
    await reportCommitment(peerAt(orthanc.port, 'ORTHANC', 'MCADS'), {
      transactionUid: parseUid(ID),
      kept: [kept],
      failed,
    })
    const outcome = await orthanc.rest('GET', `/storage-commitment/${ID}`)
    expect(outcome).toMatchObject({
      Status: 'Failure',
      Success: [{ SOPInstanceUID: kept.sopInstanceUid }],
      Failures: [{ SOPInstanceUID: lost.sopInstanceUid, Description: expect.stringContaining('was not available') }],
    })
  })
})
