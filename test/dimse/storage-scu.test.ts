import { createHash } from 'node:crypto'
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { encodeFileMeta, parseFileMeta } from '../../src/dicom/file-meta.ts'
import { parseHeader } from '../../src/dicom/header.ts'
import { toImplicitVr } from '../../src/dicom/implicit-vr.ts'
import { TransferSyntax } from '../../src/dicom/transfer-syntaxes.ts'
import { echo } from '../../src/dimse/echo.ts'
import { type OutgoingInstance, type StoreOutcome, storeInstances } from '../../src/dimse/storage-scu.ts'
import { Failure } from '../../src/failure.ts'
import { readInstanceFile } from '../../src/files/instance-file.ts'
import { buildResults } from '../../src/report/build-results.ts'
import { COMPLETE_SOURCE, resultInput, sourceOf } from '../report/synthetic-result.ts'
import { dcmtk, freePort, startStorescp } from '../support/dcmtk.ts'
import { corpus, describeWith, temporaryFolder } from '../support/needs.ts'
import { part10, tinyDx } from '../support/part10.ts'
import { recordingScp } from '../support/recording-scp.ts'
import {
  ABORT,
  ABORTED,
  associateAc,
  DX,
  EXPLICIT,
  IMPLICIT,
  listenScripted,
  pdu,
  RELEASE_RP,
  response,
  type ScriptedPeer,
} from '../support/scripted-peer.ts'

const peerAt = (port: number, calledAeTitle = 'MCADS', timeoutMs = 5000) => ({
  host: '127.0.0.1',
  port,
  calledAeTitle,
  callingAeTitle: 'SENDER',
  timeoutMs,
})

/** A Part 10 file of `bytes` of nothing in particular: what matters here is that they arrive. */
async function instanceFile(
  folder: string,
  number: number,
  bytes: number,
  sopClassUid = DX,
): Promise<OutgoingInstance> {
  const meta = { sopClassUid, sopInstanceUid: `1.2.3.${number}`, transferSyntaxUid: EXPLICIT }
  const path = join(folder, `${number}.dcm`)
  const dataSet = Buffer.alloc(bytes, Buffer.from(Array.from({ length: 251 }, (_, i) => (i * 7 + number) & 0xff)))
  await writeFile(path, Buffer.concat([encodeFileMeta(meta), dataSet]))
  return { path, ...meta }
}

async function dataSetOf(path: string): Promise<Buffer> {
  const bytes = await readFile(path)
  return bytes.subarray(parseFileMeta(bytes).dataSetOffset)
}

async function send(port: number, instances: OutgoingInstance[], timeoutMs?: number, called?: string) {
  const outcomes: StoreOutcome[] = []
  const uids: string[] = []
  await storeInstances(peerAt(port, called, timeoutMs), instances, (instance, outcome) => {
    uids.push(instance.sopInstanceUid)
    outcomes.push(outcome)
  })
  expect([...uids].sort()).toEqual(instances.map(({ sopInstanceUid }) => sopInstanceUid).sort())
  return outcomes
}

const codes = (outcomes: StoreOutcome[]) => outcomes.map((each) => (each instanceof Failure ? each.code : each.status))

describe('to our own SCP', () => {
  test.each([2, 1000, 16_384, 131_066, 131_068, 1_000_002])(
    'a data set of %i bytes arrives as it is',
    async (bytes) => {
      const { port, stored } = await recordingScp()
      const instance = await instanceFile(await temporaryFolder(), 1, bytes)
      expect(codes(await send(port, [instance]))).toEqual([0])
      expect(stored[0]?.dataSet.equals(await dataSetOf(instance.path))).toBe(true)
      expect(stored[0]?.incoming.transferSyntaxUid).toBe(EXPLICIT)
    },
  )

  test('a SOP class that is not accepted is SOP_CLASS_REFUSED; the others are stored', async () => {
    const { port, stored } = await recordingScp()
    const folder = await temporaryFolder()
    const instances = [await instanceFile(folder, 1, 100, '1.2.3.99'), await instanceFile(folder, 2, 100)]
    expect(codes(await send(port, instances))).toEqual(['SOP_CLASS_REFUSED', 0])
    expect(stored).toHaveLength(1)
  })

  test('more than 128 presentation contexts go over several associations', async () => {
    const classes = Array.from({ length: 150 }, (_, i) => `1.2.840.99.${i}`)
    const { port, stored, told } = await recordingScp({ abstractSyntaxes: classes })
    const folder = await temporaryFolder()
    const instances = await Promise.all(classes.map((uid, i) => instanceFile(folder, i, 50, uid)))
    expect(codes(await send(port, instances)).every((status) => status === 0)).toBe(true)
    expect(stored).toHaveLength(150)
    // Each class in Explicit and in Implicit VR Little Endian.
    expect(told.filter((line) => line.startsWith('opened'))).toHaveLength(3)
  })

  test('one that takes Implicit VR Little Endian only is sent what can be re-encoded', async () => {
    const { port, stored } = await recordingScp({ transferSyntaxes: [IMPLICIT] })
    const folder = await temporaryFolder()
    const path = join(folder, 'result.dcm')
    const meta = { sopClassUid: DX, sopInstanceUid: '1.2.3.4', transferSyntaxUid: EXPLICIT }
    await writeFile(path, part10(tinyDx()))
    const jpeg = { ...(await instanceFile(folder, 2, 100)), transferSyntaxUid: TransferSyntax.JpegBaseline8Bit }
    const large = await instanceFile(folder, 3, 100)
    await truncate(large.path, 65 * 1024 * 1024)
    const instances = [{ path, ...meta }, jpeg, large, await instanceFile(folder, 4, 100)]
    const refused = 'SOP_CLASS_REFUSED'
    expect(codes(await send(port, instances)).sort()).toEqual([0, 'DATA_SET_UNREADABLE', refused, refused])
    expect(stored.map(({ incoming }) => incoming.transferSyntaxUid)).toEqual([IMPLICIT])
    expect(stored[0]?.dataSet.equals(toImplicitVr(await dataSetOf(path)))).toBe(true)
  })

  test('a status and its comment are told as the peer gave them', async () => {
    const { port } = await recordingScp({
      openSink: () => {
        throw new Failure('DISK_FULL', 'full')
      },
    })
    const [outcome] = await send(port, [await instanceFile(await temporaryFolder(), 1, 100)])
    expect(outcome).toMatchObject({ status: 0xa700, comment: 'No space left' })
  })

  test('a rejection is ASSOCIATION_REJECTED with the words of the Standard, for every instance', async () => {
    const { port } = await recordingScp()
    const folder = await temporaryFolder()
    const outcomes = await send(port, [await instanceFile(folder, 1, 10), await instanceFile(folder, 2, 10)], 5000, 'X')
    expect(codes(outcomes)).toEqual(['ASSOCIATION_REJECTED', 'ASSOCIATION_REJECTED'])
    expect(outcomes[0]).toMatchObject({
      message: `X at 127.0.0.1:${port}: rejected permanent: called AE title not recognized`,
      retry: 'permanent',
    })
  })

  test('a transient rejection may be tried again', async () => {
    const { port } = await recordingScp({ noRoomFor: () => 'no room for new instances' })
    const [outcome] = await send(port, [await instanceFile(await temporaryFolder(), 1, 10)])
    expect(outcome).toMatchObject({ code: 'ASSOCIATION_REJECTED_TRANSIENT', retry: 'transient' })
  })

  test('a file that is missing is FILE_UNREADABLE and the next one is sent', async () => {
    const { port, stored } = await recordingScp()
    const folder = await temporaryFolder()
    const instances = [await instanceFile(folder, 1, 10), await instanceFile(folder, 2, 10)]
    await truncate(instances[0]?.path ?? '', 0)
    const missing = { ...(await instanceFile(folder, 3, 10)), path: join(folder, 'none.dcm') }
    expect(codes(await send(port, [...instances, missing]))).toEqual(['DATA_SET_UNREADABLE', 0, 'FILE_UNREADABLE'])
    expect(stored).toHaveLength(1)
  })
})

describe('to a peer that misbehaves', () => {
  const accept = async (peer: ScriptedPeer, maximumPduLength = 0) => {
    await peer.next()
    peer.send(associateAc([{ id: 1, result: 0, transferSyntax: EXPLICIT }], maximumPduLength))
  }
  /** Hears `pdus` PDUs, then does `then`. */
  const having = (pdus: number, then: (peer: ScriptedPeer) => unknown) => async (peer: ScriptedPeer) => {
    for (let i = 0; i < pdus; i++) await peer.next()
    then(peer)
  }
  const havingAccepted = (pdus: number, then: (peer: ScriptedPeer) => unknown) => async (peer: ScriptedPeer) => {
    await accept(peer)
    await having(pdus, then)(peer)
  }
  const refused = associateAc([{ id: 1, result: 3, transferSyntax: EXPLICIT }])
  const CASES: [string, string, (peer: ScriptedPeer) => Promise<unknown>][] = [
    ['never answers the association request', 'PEER_UNREACHABLE', (peer) => peer.next()],
    ['closes before it answers', 'PEER_UNREACHABLE', having(1, ({ socket }) => socket.end())],
    ['rejects', 'ASSOCIATION_REJECTED', having(1, (peer) => peer.send(pdu(3, Buffer.from([0, 1, 1, 3]))))],
    [
      'rejects for now',
      'ASSOCIATION_REJECTED_TRANSIENT',
      having(1, (peer) => peer.send(pdu(3, Buffer.from([0, 2, 3, 1])))),
    ],
    ['aborts the request', 'ASSOCIATION_ABORTED', having(1, (peer) => peer.send(ABORT))],
    ['speaks HTTP', 'ASSOCIATION_ABORTED', having(1, (peer) => peer.send(Buffer.from('HTTP/1.1 400 Bad')))],
    ['takes only tiny PDUs', 'ASSOCIATION_REJECTED', (peer) => accept(peer, 6)],
    ['never answers the C-STORE', 'PEER_SILENT', accept],
    ['aborts in the middle', 'ASSOCIATION_ABORTED', havingAccepted(1, (peer) => peer.send(ABORT))],
    ['closes in the middle', 'PEER_SILENT', havingAccepted(1, ({ socket }) => socket.end())],
    ['resets in the middle', 'PEER_SILENT', havingAccepted(1, ({ socket }) => socket.resetAndDestroy())],
    ['stops reading', 'PEER_SILENT', havingAccepted(0, ({ socket }) => socket.pause())],
    ['answers another message', 'ASSOCIATION_ABORTED', havingAccepted(1, (peer) => peer.send(response(0x8001, 99, 0)))],
    ['refuses the class', 'SOP_CLASS_REFUSED', having(1, (peer) => peer.send(refused))],
  ]
  test.each(CASES)('one that %s: %s', async (_name, code, script) => {
    const port = await listenScripted(script)
    const folder = await temporaryFolder()
    const instances = [await instanceFile(folder, 1, 20_000_000), await instanceFile(folder, 2, 10)]
    const outcomes = await send(port, instances, 400)
    expect(codes(outcomes)).toEqual([code, code])
  })

  test('an answer before the end of the data set is taken, and the next instance is sent', async () => {
    const port = await listenScripted(async (peer) => {
      await accept(peer, 16384)
      await peer.next()
      peer.send(response(0x8001, 1, 0xa700))
      let sets = 0
      for (let heard = await peer.next(); heard && heard.type !== 5; heard = await peer.next()) {
        if (heard.body.readUInt8(5) === 2) sets++
        if (sets === 2) peer.send(response(0x8001, 2, 0))
        if (sets === 2) sets = -100
      }
      peer.send(RELEASE_RP)
    })
    const folder = await temporaryFolder()
    const instances = [await instanceFile(folder, 1, 3_000_000), await instanceFile(folder, 2, 100)]
    expect(codes(await send(port, instances))).toEqual([0xa700, 0])
  })

  test('PDUs are no longer than the peer takes, and each value has an even length', async () => {
    const lengths: number[] = []
    const port = await listenScripted(async (peer) => {
      await accept(peer, 4097)
      for (let heard = await peer.next(); heard && heard.type !== 5; heard = await peer.next()) {
        lengths.push(heard.body.length)
        if (heard.body.readUInt8(5) === 2) peer.send(response(0x8001, 1, 0))
      }
      peer.send(RELEASE_RP)
    })
    const instance = await instanceFile(await temporaryFolder(), 1, 100_000)
    expect(codes(await send(port, [instance]))).toEqual([0])
    expect(Math.max(...lengths)).toBe(4096)
    expect(lengths.every((length) => length % 2 === 0)).toBe(true)
  })

  test('a peer that does not answer the release has answered all the same, and is aborted', async () => {
    const heard: (number | undefined)[] = []
    const port = await listenScripted(async (peer) => {
      await accept(peer)
      for (let next = await peer.next(); next; next = await peer.next()) {
        heard.push(next.type)
        if (next.type === 4 && next.body.readUInt8(5) === 2) peer.send(response(0x8001, 1, 0))
      }
    })
    expect(codes(await send(port, [await instanceFile(await temporaryFolder(), 1, 100)], 300))).toEqual([0])
    expect(heard.slice(-2)).toEqual([5, ABORTED])
  })

  test('a release that crosses ours is answered, PS3.8 AR-8', async () => {
    const heard: (number | undefined)[] = []
    const port = await listenScripted(async (peer) => {
      await accept(peer)
      for (let next = await peer.next(); next; next = await peer.next()) {
        heard.push(next.type)
        if (next.type === 4 && next.body.readUInt8(5) === 2) peer.send(response(0x8001, 1, 0))
        if (next.type === 5) peer.send(pdu(5, Buffer.alloc(4)))
        if (next.type === 6) peer.send(RELEASE_RP)
      }
    })
    expect(codes(await send(port, [await instanceFile(await temporaryFolder(), 1, 100)]))).toEqual([0])
    expect(heard.slice(-2)).toEqual([5, 6])
  })

  test('a port where nothing listens, and a host that does not exist, are PEER_UNREACHABLE', async () => {
    const port = await freePort()
    await expect(echo(peerAt(port))).rejects.toMatchObject({ code: 'PEER_UNREACHABLE', retry: 'transient' })
    const lost = { ...peerAt(port), host: 'no-such-host.invalid' }
    await expect(echo(lost)).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
  })

  test('C-ECHO to a peer that refuses Verification is SOP_CLASS_REFUSED, to a silent one PEER_SILENT', async () => {
    const refusing = await listenScripted(async (peer) => {
      await peer.next()
      peer.send(associateAc([{ id: 1, result: 3, transferSyntax: EXPLICIT }]))
    })
    await expect(echo(peerAt(refusing))).rejects.toMatchObject({ code: 'SOP_CLASS_REFUSED' })
    const silent = await listenScripted(accept)
    await expect(echo(peerAt(silent, 'MCADS', 200))).rejects.toMatchObject({ code: 'PEER_SILENT' })
  })
})

describeWith(['storescp', 'corpus'], 'to storescp', () => {
  test('every chest and derived file arrives byte for byte in its own transfer syntax', async () => {
    const { port, files } = await startStorescp(await temporaryFolder(), '+xa', '-pm')
    for (const path of await corpusFiles()) {
      expect(codes(await send(port, [await readInstanceFile(path)], 5000, 'STORESCP'))).toEqual([0])
      const [kept = '', ...others] = await files()
      expect(others).toEqual([])
      expect(sha256(await dataSetOf(kept)), path).toBe(sha256(even(await dataSetOf(path))))
      await rm(kept)
    }
  })

  test('results arrive whole at one that takes Implicit VR Little Endian only', async () => {
    const { port, files } = await startStorescp(await temporaryFolder(), '+xi', '-pm')
    const { instances } = await buildResults(resultInput(sourceOf(COMPLETE_SOURCE)))
    const folder = await temporaryFolder()
    const sent = await Promise.all(
      instances.map(async ({ bytes, ...uids }, i) => {
        const path = join(folder, `${i}.dcm`)
        await writeFile(path, bytes)
        return { path, ...uids, transferSyntaxUid: EXPLICIT }
      }),
    )
    expect(codes(await send(port, sent, 5000, 'STORESCP'))).toEqual(sent.map(() => 0))
    const kept = await files()
    for (const look of [valuesIn, pixelsIn]) {
      const [there, here] = [kept, sent.map(({ path }) => path)].map((paths) => Promise.all(paths.map(look)))
      expect((await there)?.sort()).toEqual((await here)?.sort())
    }
    const syntaxes = await Promise.all(kept.map(async (path) => (await readInstanceFile(path)).transferSyntaxUid))
    expect(new Set(syntaxes)).toEqual(new Set([IMPLICIT]))
    const [sr = ''] = kept.filter((path) => basename(path).startsWith('SR'))
    const { exitCode, output } = await dcmtk('dsrdump', '-Ec', '-q', sr)
    expect(exitCode).toBe(0)
    expect(output).toContain('"Certainty of Finding")="87.3"')
    expect(output).not.toMatch(/^[WE]: /m)
  })

  // A-ABORT may be overtaken by the reset of the connection.
  test.each([
    ['refuses every association', '--refuse', ['ASSOCIATION_REJECTED']],
    ['aborts after a C-STORE', '--abort-after', ['ASSOCIATION_ABORTED', 'PEER_SILENT']],
    ['aborts during a C-STORE', '--abort-during', ['ASSOCIATION_ABORTED', 'PEER_SILENT']],
  ])('one that %s', async (_name, option, expected) => {
    const { port } = await startStorescp(await temporaryFolder(), option)
    const instance = await readInstanceFile(corpus('dicom/chest/AIHCND_C2_Starte__test1.dcm'))
    const [code] = codes(await send(port, [instance], 5000, 'STORESCP'))
    expect(expected).toContain(code)
  })

  test('C-ECHO is answered', async () => {
    const { port } = await startStorescp(await temporaryFolder())
    expect((await echo(peerAt(port, 'STORESCP'))).roundTripMs).toBeGreaterThan(0)
  })
})

/** PS3.8 Annex E.1 and PS3.5 Annex A.5: a PDV value has an even length, so an odd data set is padded with NUL. */
const even = (dataSet: Buffer) => (dataSet.length % 2 ? Buffer.concat([dataSet, Buffer.alloc(1)]) : dataSet)

/** What dcmdump tells of a data set but for lengths and Pixel Data, which is OW in Implicit VR (PS3.5 Annex A.1). */
async function valuesIn(path: string): Promise<string> {
  const { output } = await dcmtk('dcmdump', '-q', '+L', path)
  const lines = output.split('\n').filter((line) => /^ *\((?!0002|7fe0)/.test(line))
  return lines.map((line) => line.replace(/ *#.*/, '')).join('\n')
}

async function pixelsIn(path: string): Promise<string> {
  const { bytes, offset = 0 } = parseHeader(await readFile(path)).pixelDataAt ?? {}
  return sha256(Buffer.from(bytes?.subarray(offset) ?? []))
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

async function corpusFiles(): Promise<string[]> {
  const folders = ['dicom/chest', 'dicom/derived'].map(corpus)
  const names = await Promise.all(folders.map(async (each) => (await readdir(each)).map((name) => join(each, name))))
  return names.flat()
}
