import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { parseHeader } from '../../src/dicom/header.ts'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { isAboutDicomdir } from '../support/complaints.ts'
import { dcmtk, freePort, startStorescp, stop } from '../support/dcmtk.ts'
import { configFile, mcads } from '../support/mcads.ts'
import { corpus, describeWith, temporaryFolder } from '../support/needs.ts'
import { startTestNode, untilStudies } from '../support/node.ts'
import { startProcess } from '../support/node-process.ts'
import { startOrthanc } from '../support/orthanc.ts'
import { dciodvfyComplaints } from '../support/validators.ts'

const RADIOGRAPH = corpus('dicom/chest/AIHCND_C2_Starte__test1.dcm')

const storescu = (port: number, ...files: string[]) =>
  dcmtk('storescu', '-aet', 'STORESCU', '-aec', 'MCADS', '127.0.0.1', String(port), ...files)

async function folder(name: string): Promise<string> {
  const path = join(await temporaryFolder(), name)
  await mkdir(path)
  return path
}

async function kindsOf(files: readonly (string | Buffer)[]): Promise<string[]> {
  const bytes = await Promise.all(files.map((file) => (typeof file === 'string' ? readFile(file) : file)))
  return bytes.map((each) => parseHeader(each).string('SOPClassUID') ?? '').sort()
}

/** The radiograph has neither study date nor time nor id. */
const faults = async (path: string) => (await dciodvfyComplaints(path)).filter((line) => !isAboutDicomdir(line))

/** Runs a command of the CLI and reads its JSON. */
async function jsonOf(config: string, ...args: string[]): Promise<unknown> {
  return JSON.parse((await mcads(...args, '--json', '--config', config)).stdout)
}

describeWith(
  ['storescu', 'storescp', 'dciodvfy', 'dsrdump', 'corpus'],
  'a node started from a configuration file',
  () => {
    test('stores one SR and the SCs of a radiograph at storescp, clean for the validators; pushed again, nothing more', {
      timeout: 120_000,
    }, async () => {
      const pacs = await startStorescp(await folder('pacs'))
      const [port, httpPort] = [await freePort(), await freePort()]
      const config = await configFile({
        storage: { directory: join(await temporaryFolder(), 'storage'), minimumFree: '10MB' },
        dicom: { host: '127.0.0.1', port, peers: [{ aeTitle: 'STORESCU', host: '127.0.0.1' }] },
        destinations: [{ name: 'pacs', aeTitle: 'STORESCP', host: '127.0.0.1', port: pacs.port }],
        completion: { quiet: '1s' },
        http: { port: httpPort },
      })
      await startProcess('serve', '--config', config).untilSays('node started')

      expect(await storescu(port, RADIOGRAPH)).toMatchObject({ exitCode: 0 })
      const sr = await untilReceived(pacs.files, SopClass.Comprehensive3dSrStorage)
      const files = await pacs.files()
      const kinds = await kindsOf(files)
      expect(kinds.filter((kind) => kind === SopClass.Comprehensive3dSrStorage)).toHaveLength(1)
      expect(kinds.filter((kind) => kind === SopClass.SecondaryCaptureImageStorage)).toHaveLength(kinds.length - 1)
      expect(kinds.length).toBeGreaterThanOrEqual(2)
      for (const file of files) expect(await faults(file)).toEqual([])
      expect(await dcmtk('dsrdump', '-Ec', '-q', sr)).toMatchObject({ exitCode: 0 })

      expect(await storescu(port, RADIOGRAPH)).toMatchObject({ exitCode: 0 })
      await sleep(4000)
      expect(await pacs.files()).toEqual(files)
      expect(await jsonOf(config, 'study', 'list')).toMatchObject([
        { state: 'analysed', revision: 1, instances: 1, deliveriesOwed: 0 },
      ])
      expect(await jsonOf(config, 'echo', 'pacs')).toMatchObject({ destination: 'pacs' })
      expect(await (await fetch(`http://127.0.0.1:${httpPort}/readyz`)).json()).toMatchObject({ ready: true })
      const metrics = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text()
      expect(metrics).toContain('mcads_studies_analysed_total 1')
      expect(metrics).toContain('mcads_instances_received_total{outcome="repeated"} 1')
    })
  },
)

async function untilReceived(files: () => Promise<string[]>, sopClassUid: string, withinMs = 60_000): Promise<string> {
  const deadline = Date.now() + withinMs
  while (Date.now() < deadline) {
    for (const file of await files()) {
      const header = await readFile(file)
        .then(parseHeader)
        .catch(() => undefined)
      if (header?.string('SOPClassUID') === sopClassUid) return file
    }
    await sleep(200)
  }
  throw new Error(`nothing of class ${sopClassUid} was received`)
}

describeWith(['storescu', 'storescp', 'Orthanc', 'dciodvfy', 'corpus'], 'two destinations', () => {
  test('both hold the same SR and SCs, which are still clean at Orthanc', async () => {
    const pacs = await startStorescp(await folder('pacs'))
    const orthanc = await startOrthanc()
    const { dicomPort, db } = await startTestNode({
      destinations: [
        { name: 'pacs', aeTitle: 'STORESCP', port: pacs.port },
        { name: 'orthanc', aeTitle: 'ORTHANC', port: orthanc.port },
      ],
    })
    await storescu(dicomPort, RADIOGRAPH)
    const [view] = await untilStudies(db, 1)
    expect(view?.deliveries.every(({ state, status }) => state === 'sent' && status === 0)).toBe(true)
    const held = await orthanc.instances()
    const owed = view?.results.filter(({ alternativeOf }) => !alternativeOf) ?? []
    const expected = owed.map(({ sopInstanceUid }) => String(sopInstanceUid)).sort()
    expect(held.map(({ sopInstanceUid }) => sopInstanceUid).sort()).toEqual(expected)
    expect(await kindsOf(await pacs.files())).toEqual(held.map(({ sopClassUid }) => sopClassUid).sort())
    const copies = await folder('copies')
    for (const { sopInstanceUid, file } of held) {
      const path = join(copies, sopInstanceUid)
      await writeFile(path, await file())
      expect(await faults(path)).toEqual([])
    }
  })

  test('one that is down holds the other in nothing, and gets its results when it is back', async () => {
    const pacs = await startStorescp(await folder('pacs'))
    const downPort = await freePort()
    const { dicomPort, db } = await startTestNode({
      destinations: [
        { name: 'down', aeTitle: 'STORESCP', port: downPort },
        { name: 'pacs', aeTitle: 'STORESCP', port: pacs.port },
      ],
    })
    await storescu(dicomPort, RADIOGRAPH)
    const sent =
      (name: string) =>
      (view: { study: { state: string }; deliveries: readonly { destination: string; state: string }[] }) =>
        view.study.state === 'analysed' &&
        view.deliveries.filter(({ destination }) => destination === name).every(({ state }) => state === 'sent')
    const [view] = await untilStudies(db, 1, { done: sent('pacs') })
    const waiting = view?.deliveries.filter(({ destination }) => destination === 'down') ?? []
    expect(waiting.length).toBeGreaterThan(0)
    expect(waiting.every(({ state }) => state === 'owed')).toBe(true)
    const late = await folder('late')
    const child = spawn('storescp', ['-od', late, '+B', '-aet', 'STORESCP', String(downPort)], { stdio: 'ignore' })
    onTestFinished(() => stop(child))
    await untilStudies(db, 1, { done: sent('down') })
  })

  test('one that rejects our AE title is told so and not asked again', async () => {
    const pacs = await startStorescp(await folder('pacs'), '--refuse')
    const { dicomPort, db } = await startTestNode({
      destinations: [{ name: 'pacs', aeTitle: 'STORESCP', port: pacs.port }],
    })
    await storescu(dicomPort, RADIOGRAPH)
    const [view] = await untilStudies(db, 1)
    expect(new Set(view?.deliveries.map(({ state, reasonCode }) => `${state} ${reasonCode}`))).toEqual(
      new Set(['refused ASSOCIATION_REJECTED']),
    )
  })
})
