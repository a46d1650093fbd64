import { readdirSync, readFileSync } from 'node:fs'
import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { parseFileMeta } from '../../src/dicom/file-meta.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { testDatabase } from '../support/database.ts'
import { freePort } from '../support/dcmtk.ts'
import { imageDataSet } from '../support/incoming.ts'
import { configFile } from '../support/mcads.ts'
import { corpus, describeWith, temporaryFolder } from '../support/needs.ts'
import { startProcess } from '../support/node-process.ts'
import { until } from '../support/recording-scp.ts'
import { associated, callScripted, cEchoRq, cStoreRq, DX, pData, type ScriptedPeer } from '../support/scripted-peer.ts'
import { ATTACKS, BYSTANDER, DX_CONTEXTS, fragments, storing } from './attacks.ts'

/** More than a receiver needs, less than any of the attacks would take. */
const MOST_GROWTH_MB = 150

/** A node in a process of its own, as `mcads serve` runs it, and someone else's association to it. */
async function hostileGround(roles: string) {
  const { url } = await testDatabase()
  const [port, httpPort, directory] = [await freePort(), await freePort(), join(await temporaryFolder(), 'state')]
  const config = await configFile({
    storage: { directory, minimumFree: '10MB' },
    dicom: {
      ...{ host: '127.0.0.1', port, acceptDeflated: true, acceptBigEndian: true },
      peers: [{ aeTitle: 'TESTER', host: '127.0.0.0/8' }],
      limits: { artim: '2s', stall: '2s' },
    },
    completion: { quiet: '1s' },
    database: { url },
    model: { allowDemonstration: true },
    http: { port: httpPort },
    log: { level: 'info' },
  })
  const node = startProcess('serve', '--role', roles, '--config', config)
  await node.untilSays('node started')
  const bystander = await associated(port, BYSTANDER)
  const lines = (): { level: string; msg: string }[] =>
    node
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
  const rssMb = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${node.pid}/status`, 'utf8'))?.[1]) / 1024
  const files = () => readdirSync(`/proc/${node.pid}/fd`).length
  return { port, directory, node, bystander, lines, rssMb, files }
}

type Ground = Awaited<ReturnType<typeof hostileGround>>

/** Milliseconds until another peer's C-ECHO was answered. */
async function echoMs(bystander: ScriptedPeer): Promise<number> {
  const began = performance.now()
  const status = await bystander
    .send(cEchoRq())
    .status()
    .catch(() => undefined)
  return status === 0 ? performance.now() - began : Number.POSITIVE_INFINITY
}

const complaints = (lines: { level: string; msg: string }[]) => {
  const told = lines.filter(({ level }) => level !== 'info').map(({ msg }) => msg)
  return [...new Set(told)].map((msg) => {
    const times = told.filter((each) => each === msg).length
    return times === 1 ? msg : `${times} ${msg}`
  })
}

/** The slowest answer that the bystander had until `over`. */
async function slowestEcho(bystander: ScriptedPeer, over: Promise<unknown>): Promise<number> {
  let slowest = 0
  for (let done = false; !done; ) {
    slowest = Math.max(slowest, await echoMs(bystander))
    done = await Promise.race([over.then(() => true), sleep(20).then(() => false)])
  }
  return slowest
}

async function attackAll({ port, lines, bystander }: Ground) {
  const ends: { attack: string; heard: string; logged: string[]; othersServed: boolean }[] = []
  for (const [attack, attempt, , logs] of ATTACKS) {
    const before = lines().length
    const attempted = attempt(port).catch((error: unknown) => String(error))
    const slowest = await slowestEcho(bystander, attempted)
    const told = () => complaints(lines().slice(before))
    // A little later than the peer hears it.
    await until(() => told().includes(logs), 2000).catch(() => {})
    ends.push({ attack, heard: await attempted, logged: told(), othersServed: slowest < 3000 })
  }
  return ends
}

describeWith([], 'a running node', () => {
  test('survives every attack: each is answered as it should be, its cause logged once, other peers served, memory and files bounded', async () => {
    const ground = await hostileGround('receiver')
    const { port, bystander, rssMb, files, lines, node, directory } = ground
    await echoMs(bystander)
    const [rssBefore, filesBefore] = [rssMb(), files()]
    const ends = await attackAll(ground)
    const expected = ATTACKS.map(([attack, , hears, logged]) => ({
      attack,
      heard: typeof hears === 'string' ? hears : expect.stringMatching(hears),
      logged: [logged],
      othersServed: true,
    }))
    expect(ends).toEqual(expected)
    expect(rssMb() - rssBefore).toBeLessThan(MOST_GROWTH_MB)
    await until(() => files() <= filesBefore + 5)
    expect(await readdir(join(directory, 'incoming'))).toEqual([])
    expect(lines().filter(({ msg }) => /internal|unhandled/i.test(msg))).toEqual([])

    // 200 idle connections, and one that trickles: all are gone in the end, and a peer from elsewhere is served meanwhile.
    const idle = await Promise.all(Array.from({ length: 200 }, () => callScripted(port)))
    const trickle = await callScripted(port)
    const drip = setInterval(() => trickle.send(Buffer.from([1])), 100)
    expect(await echoMs(bystander)).toBeLessThan(2000)
    await Promise.all(idle.map((peer) => peer.rest(8000)))
    clearInterval(drip)
    for (const { socket } of [...idle, trickle]) socket.destroy()
    await until(() => files() <= filesBefore + 5, 8000)
    const again = await associated(port, BYSTANDER)
    const times: number[] = []
    for (let nth = 0; nth < 3000; nth++) times.push(await echoMs(again))
    const mean = (values: number[]) => values.reduce((sum, ms) => sum + ms, 0) / values.length
    // The last of 3000 on one association are no slower than the first.
    expect(mean(times.slice(-500))).toBeLessThan(5 * mean(times.slice(100, 600)) + 1)
    expect(node.output()).not.toContain('SECRET')

    // A folder that is gone, as a file system that is: the node lives, and takes instances when it is back.
    await rename(join(directory, 'incoming'), join(directory, 'gone'))
    expect(await storing(imageDataSet())(port)).toBe('A700H')
    await rename(join(directory, 'gone'), join(directory, 'incoming'))
    expect(await storing(imageDataSet())(port)).toBe('0000H')
  }, 120_000)

  test('an instance of 160 MB streams through without being held in memory', async () => {
    const { port, bystander, rssMb } = await hostileGround('receiver')
    const dataSet = imageDataSet({ before: Buffer.alloc(160_000_000) })
    const peer = await associated(port, {
      calling: 'TESTER',
      contexts: [
        { id: 1, abstractSyntax: SopClass.SecondaryCaptureImageStorage, transferSyntaxes: ['1.2.840.10008.1.2.1'] },
      ],
    })
    await echoMs(bystander)
    const before = rssMb()
    peer.send(cStoreRq({ sopClass: SopClass.SecondaryCaptureImageStorage }), ...fragments(dataSet))
    let most = 0
    const look = setInterval(() => {
      most = Math.max(most, rssMb())
    }, 20)
    const answer = await peer.next(60_000)
    clearInterval(look)
    expect(answer?.type).toBe(4)
    expect(most - before).toBeLessThan(80)
  }, 90_000)
})

/** The data set's bytes as they are in the file: what stands behind the meta information, or all of it. */
function rawDataSet(bytes: Buffer): Buffer {
  try {
    return bytes.subarray(parseFileMeta(bytes).dataSetOffset)
  } catch {
    return bytes
  }
}

describeWith(['corpus'], 'the corpus, raw', () => {
  test('every broken file and every character set, its bytes as they are, gets a status in either transfer syntax', async () => {
    const ground = await hostileGround('receiver,worker')
    const { port, bystander, rssMb, node } = ground
    const before = rssMb()
    const folders = ['broken', 'charset'].map((folder) => corpus(`dicom/${folder}`))
    const paths = folders.flatMap((folder) =>
      readdirSync(folder)
        .sort()
        .map((name) => join(folder, name)),
    )
    expect(paths.length).toBeGreaterThanOrEqual(34)
    const answers = new Map<string, string>()
    let messageId = 0
    for (const path of paths) {
      const dataSet = rawDataSet(readFileSync(path))
      const sopInstance = `1.2.826.0.1.${++messageId}`
      const peer = await associated(port, { calling: 'TESTER', contexts: DX_CONTEXTS })
      for (const contextId of [1, 3]) {
        const request = cStoreRq({ contextId, messageId, sopClass: DX, sopInstance })
        const status = await peer.send(request, ...fragments(dataSet, contextId)).status()
        answers.set(`${path} ${contextId}`, status?.toString(16).padStart(4, '0') ?? 'no status')
      }
      expect(await peer.send(cEchoRq(9, 5)).status()).toBe(0)
      expect(await echoMs(bystander)).toBeLessThan(2000)
      peer.send(pData(5, 3, Buffer.alloc(0)))
      await peer.rest()
    }
    expect([...answers].filter(([, status]) => !/^(a900|c000|0117)$/.test(status))).toEqual([])
    expect(rssMb() - before).toBeLessThan(2 * MOST_GROWTH_MB)
    expect(node.output()).not.toMatch(/internal error|unhandled/i)
  }, 90_000)
})
