import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseFileMeta } from '../../src/dicom/file-meta.ts'
import { RECEIVED_SOP_CLASSES, SopClass } from '../../src/dicom/sop-classes.ts'
import { ACCEPTED_TRANSFER_SYNTAXES, TransferSyntax } from '../../src/dicom/transfer-syntaxes.ts'
import { storeInstances } from '../../src/dimse/storage-scu.ts'
import { readInstanceFile } from '../../src/files/instance-file.ts'
import { openInstanceFiles } from '../../src/files/instance-files.ts'
import { dcmtk, startStorescp } from '../support/dcmtk.ts'
import { imageDataSet } from '../support/incoming.ts'
import { corpus, describeWith, temporaryFolder } from '../support/needs.ts'
import { recordingScp, until } from '../support/recording-scp.ts'
import { associated, cStoreRq, EXPLICIT, LAST, pData } from '../support/scripted-peer.ts'

const SC = SopClass.SecondaryCaptureImageStorage
const CONTEXTS = [{ id: 1, abstractSyntax: SC, transferSyntaxes: [EXPLICIT] }]

/** An SCP whose sinks are the instance store. */
async function storingScp({ minimumFreeBytes = 0, abstractSyntaxes = RECEIVED_SOP_CLASSES } = {}) {
  const directory = await temporaryFolder()
  const files = await openInstanceFiles({ directory, minimumFreeBytes, maximumInstanceBytes: 1e9 })
  const scp = await recordingScp({
    abstractSyntaxes,
    transferSyntaxes: [...ACCEPTED_TRANSFER_SYNTAXES, TransferSyntax.DeflatedExplicitVrLittleEndian],
    openSink(incoming) {
      const sink = files.openSink(incoming)
      return {
        write: (chunk) => sink.write(chunk),
        finish: async () => void (await sink.finish()),
        discard: (reason) => sink.discard(reason),
      }
    },
  })
  const paths = async (folder: string) =>
    (await readdir(join(directory, folder))).map((name) => join(directory, folder, name))
  return { ...scp, port: scp.port, associations: scp.associations, directory, paths }
}

async function dataSetOf(path: string): Promise<Buffer> {
  const bytes = await readFile(path)
  return bytes.subarray(parseFileMeta(bytes).dataSetOffset)
}

const fragments = (dataSet: Buffer, size = 16_000) =>
  Array.from({ length: Math.ceil(dataSet.length / size) }, (_, i) => {
    const part = dataSet.subarray(i * size, (i + 1) * size)
    return pData(1, (i + 1) * size >= dataSet.length ? LAST : 0, part)
  })

describe('what a peer sends into the instance store', () => {
  test('a data set is in arrived, byte for byte, when Success is answered', async () => {
    const { port, paths } = await storingScp()
    const peer = await associated(port, { contexts: CONTEXTS })
    const dataSet = imageDataSet({ rows: 9000 })
    expect(await peer.send(cStoreRq({ sopClass: SC }), ...fragments(dataSet)).status()).toBe(0)
    const [path = ''] = await paths('arrived')
    expect((await dataSetOf(path)).equals(dataSet)).toBe(true)
  })

  test.each([
    ['reset', 'resetAndDestroy' as const],
    ['closed', 'destroy' as const],
  ])('a connection %s in the middle of a C-STORE leaves nothing in incoming', async (_name, leave) => {
    const { port, paths, associations } = await storingScp()
    const peer = await associated(port, { contexts: CONTEXTS })
    peer.send(cStoreRq({ sopClass: SC }), ...fragments(imageDataSet({ rows: 20_000 })).slice(0, -1))
    await until(async () => (await paths('incoming')).length === 1)
    peer.socket[leave]()
    await until(async () => (await paths('incoming')).length === 0 && associations().length === 0)
    expect([...(await paths('arrived')), ...(await paths('quarantine'))]).toEqual([])
  })

  test.each([
    ['a truncated data set', 0xc000, imageDataSet().subarray(0, 3000)],
    ['3 GB declared in 9 KB', 0xc000, declaring(3e9)],
    ['random bytes', 0xc000, Buffer.from('91fe0277ab'.repeat(100), 'hex')],
    ['another instance than its command said', 0xa900, imageDataSet({ sopInstanceUid: '1.2.9' })],
    ['a Study Instance UID that is none', 0x0117, imageDataSet({ studyInstanceUid: '../../x' })],
  ])('%s: its status, the file in quarantine, and the association goes on', async (_name, status, dataSet) => {
    const { port, paths } = await storingScp()
    const peer = await associated(port, { contexts: CONTEXTS })
    expect(await peer.send(cStoreRq({ sopClass: SC }), ...fragments(dataSet)).status()).toBe(status)
    expect(await paths('quarantine')).toHaveLength(2)
    expect(await paths('incoming')).toEqual([])
    expect(await peer.send(cStoreRq({ sopClass: SC, messageId: 2 }), ...fragments(imageDataSet())).status()).toBe(0)
  })

  test('less space than must stay free: A700H, and nothing left in incoming', async () => {
    const { port, paths } = await storingScp({ minimumFreeBytes: Number.MAX_SAFE_INTEGER })
    const peer = await associated(port, { contexts: CONTEXTS })
    expect(await peer.send(cStoreRq({ sopClass: SC }), ...fragments(imageDataSet())).status()).toBe(0xa700)
    expect(await paths('incoming')).toEqual([])
  })

  test('fragments of two bytes are put together without many small writes to wait for', async () => {
    const { port, paths } = await storingScp()
    const peer = await associated(port, { contexts: CONTEXTS })
    const dataSet = imageDataSet()
    expect(await peer.send(cStoreRq({ sopClass: SC }), ...fragments(dataSet, 2)).status()).toBe(0)
    const [path = ''] = await paths('arrived')
    expect((await dataSetOf(path)).equals(dataSet)).toBe(true)
  })
})

function declaring(bytes: number): Buffer {
  const dataSet = imageDataSet({ rows: 45 })
  const at = dataSet.length - 45 * 200 - 4
  dataSet.writeUInt32LE(bytes, at)
  return dataSet
}

describeWith(['storescu', 'storescp', 'corpus'], 'the corpus in its own transfer syntaxes', () => {
  // storescu's option that proposes the transfer syntax of the file.
  const FILES: [string, string][] = [
    ['chest/AIHCND_C2_Starte__test1.dcm', '-xi'],
    ['chest/Registration__cxr.dcm', '-xs'],
    ['chest/nccid__1.3.6.1.4.1.11129.5.5.110503645592756492463169821050252582267888.dcm', '-xi'],
    ['chest/pylibjpeg-data__JPEG2KLossless_1s_1f_u_16_16.deid.dcm', '-xv'],
    ['derived/nih8_deflated.dcm', '-xd'],
    ['derived/nih8_j2klossless.dcm', '-xv'],
    ['derived/nih8_j2klossy.dcm', '-xw'],
    ['derived/nih8_jpegBaseline_q90.dcm', '-xy'],
    ['derived/nih8_jpegP14SV1.dcm', '-xs'],
    ['derived/nih8_jpegls.dcm', '-xt'],
    ['derived/nih8_rle.dcm', '-xr'],
  ]

  test('what storescu sends is kept as DCMTK itself keeps it, bit by bit', async () => {
    const { port, paths } = await storingScp({
      abstractSyntaxes: [...RECEIVED_SOP_CLASSES, '1.2.840.10008.5.1.4.1.1.2'],
    })
    const reference = await startStorescp(await temporaryFolder(), '+xa', '-pm')
    for (const [file, option] of FILES) {
      const path = corpus(join('dicom', file))
      const send = (to: number, called: string) =>
        dcmtk('storescu', option, '-aec', called, '127.0.0.1', String(to), path)
      expect((await send(reference.port, 'STORESCP')).exitCode, file).toBe(0)
      const { exitCode, output } = await send(port, 'MCADS')
      expect(`${exitCode} ${output}`, file).toMatch(/^0/)
      const [theirs = ''] = await reference.files()
      const [ours = ''] = await paths('arrived')
      const [{ transferSyntaxUid }, sent] = [await readInstanceFile(ours), await readInstanceFile(path)]
      if (option !== '-xi') expect(transferSyntaxUid, file).toBe(sent.transferSyntaxUid)
      expect((await dataSetOf(ours)).equals(await dataSetOf(theirs)), file).toBe(true)
      await rm(theirs)
      await rm(ours)
    }
  })

  test('what our SCU sends is kept byte for byte', async () => {
    const { port, paths } = await storingScp()
    const peer = { host: '127.0.0.1', port, calledAeTitle: 'MCADS', callingAeTitle: 'SENDER', timeoutMs: 5000 }
    for (const [file] of FILES) {
      const sent = await readInstanceFile(corpus(join('dicom', file)))
      const outcomes: unknown[] = []
      await storeInstances(peer, [sent], (_instance, outcome) => void outcomes.push(outcome))
      expect(outcomes, file).toMatchObject([{ status: 0, comment: '' }])
      const [ours = ''] = await paths('arrived')
      const original = await dataSetOf(sent.path)
      const kept = await dataSetOf(ours)
      expect(kept.subarray(0, original.length).equals(original), file).toBe(true)
      expect(kept.length - original.length, file).toBe(original.length % 2)
      expect((await stat(ours)).size, file).toBeGreaterThan(kept.length)
      await rm(ours)
    }
  })
})
