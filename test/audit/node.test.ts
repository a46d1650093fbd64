import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { stringify } from 'yaml'
import { messageFacts } from '../../src/audit/message-facts.ts'
import { readLines, trailFiles } from '../../src/audit/trail-files.ts'
import { parseLine } from '../../src/audit/trail-line.ts'
import { verifyTrail } from '../../src/audit/verify-trail.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { findAuditFiles } from '../../src/db/audit-file.ts'
import { echo } from '../../src/dimse/echo.ts'
import { startNode } from '../../src/roles/node.ts'
import { testDatabase } from '../support/database.ts'
import { schemaFaults } from '../support/jing.ts'
import { mcads } from '../support/mcads.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { nodeEnvironment, startTestNode, untilStudies } from '../support/node.ts'
import { openPacs } from '../support/pacs.ts'
import { dxFile, push, radiographFile } from '../support/push.ts'

const PATIENT = { PatientName: 'QUISTREBERT^ZEPHYRINE', PatientID: 'PID-8675309X', AccessionNumber: 'ACC-424242Q' }
const SECRETS = /quistrebert|8675309|424242Q/i

async function messagesOf(directory: string): Promise<string[]> {
  const messages: string[] = []
  for (const file of await trailFiles(join(directory, 'audit')))
    for await (const line of readLines(join(directory, 'audit', file))) messages.push(parseLine(line)?.xml ?? '')
  return messages.filter((xml) => xml !== '')
}

const peer = (port: number, calledAeTitle = 'MCADS') => ({
  ...{ host: '127.0.0.1', port, calledAeTitle, callingAeTitle: 'TESTER', timeoutMs: 5000 },
})

/** Event and type, in order and once each. */
const kinds = (messages: readonly string[]) => [
  ...new Set(
    messages.map(messageFacts).map(({ event, type, outcome }) => [event, type, outcome].filter(Boolean).join(', ')),
  ),
]

describeWith(['jing'], 'the audit trail of a node', () => {
  test('tells a whole journey, refusals and console actions included, by the schema and without patient data', async () => {
    const pacs = await openPacs()
    const { url, db } = await testDatabase()
    const directory = join(await temporaryFolder(), 'state')
    const environment = nodeEnvironment(directory, url, { destinations: [pacs.destination] })
    {
      await using node = await startNode(readConfig(undefined, environment), ['receiver', 'worker', 'sender', 'api'])
      const port = node.dicomPort ?? 0
      expect(await push(port, await radiographFile(PATIENT))).toEqual(['0000H'])
      const other = await dxFile({ ...PATIENT, StudyInstanceUID: '1.2.4', SOPInstanceUID: '1.2.4.1', Modality: 'CT' })
      expect(await push(port, other)).toEqual(['0000H'])
      expect(await push(port, await radiographFile({ ...PATIENT, PatientComments: 'OTHER' }))).toEqual(['C000H'])
      await expect(echo(peer(port, 'WRONG'))).rejects.toMatchObject({ code: 'ASSOCIATION_REJECTED' })
      await untilStudies(db, 2)
      node.events.nodeStopping('SIGTERM')
    }
    const config = join(await temporaryFolder(), 'node.yaml')
    const keys = {
      storage: { directory },
      database: { url },
      model: { allowDemonstration: true },
      http: { port: 0 },
      log: { level: 'error' },
    }
    await writeFile(config, stringify({ ...keys, dicom: { port: 0 } }))
    expect((await mcads('study', 'retry', '1.2.4', '--config', config)).exitCode).toBe(0)
    expect((await mcads('study', 'retry', '1.2.99', '--config', config)).exitCode).toBe(1)
    {
      await using _changed = await startNode(readConfig(config, {}), ['receiver', 'worker', 'sender', 'api'])
    }

    const messages = await messagesOf(directory)
    expect(kinds(messages)).toEqual(
      [
        'Application Activity, Application Start',
        'User Authentication, Login',
        'Begin Transferring DICOM Instances',
        'DICOM Instances Transferred',
        'User Authentication, Logout',
        'DICOM Instances Transferred, 8',
        'Security Alert, Node Authentication, 4',
        'DICOM Instances Accessed',
        'Application Activity, Application Stop',
        'DICOM Instances Accessed, 8',
        'Security Alert, Software Configuration',
      ].sort(byFirst(messages)),
    )
    expect(await schemaFaults(messages)).toEqual([])
    expect(SECRETS.exec(messages.join('\n'))).toBeNull()
    const verified = await mcads('audit', 'verify', '--config', config)
    expect(verified.stdout).toContain('as they were written')
    expect(verified.exitCode).toBe(0)
    const listed = await mcads('audit', 'list', '--study', '1.2.4', '--config', config)
    expect(listed.stdout).toMatch(/DICOM Instances Accessed +\S+ +1\.2\.4 declined: MODALITY_NOT_ACCEPTED/)
    expect(listed.stdout).toMatch(/DICOM Instances Accessed +\S+ +1\.2\.4 mcads study retry/)
    // Reading it is in the trail too.
    expect(kinds(await messagesOf(directory))).toContain('Audit Log Used')
    // The last file, cut off: only the database knows.
    const [{ file: last = '' } = {}] = (await findAuditFiles(db)).slice(-1)
    const lastPath = join(directory, 'audit', last)
    const whole = await readFile(lastPath, 'utf8')
    await writeFile(lastPath, `${whole.split('\n')[0]}\n`)
    expect((await mcads('audit', 'verify', '--config', config)).stdout).toMatch(/FAULT.*ends after message 0/)
    await writeFile(lastPath, whole)
    const [file = ''] = await trailFiles(join(directory, 'audit'))
    const path = join(directory, 'audit', file)
    await writeFile(path, (await readFile(path, 'utf8')).replace('TESTER', 'NOBODY'))
    const tampered = await mcads('audit', 'verify', '--config', config)
    expect(tampered.stdout).toMatch(/FAULT +\S+ +\d+ +message \d+ is not what was written/)
    expect(tampered.exitCode).toBe(1)
  }, 90_000)

  test('with audit.patientId messages about a study carry its Patient ID, the last of a node that stops too; logs never', async () => {
    const said: string[] = []
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0)
    onTestFinished(() => spy.mockRestore())
    const environment = { MCADS_AUDIT__PATIENT_ID: 'true', MCADS_LOG__LEVEL: 'debug' }
    const { dicomPort, db, directory, node } = await startTestNode({ environment })
    await push(dicomPort, await radiographFile(PATIENT))
    await untilStudies(db, 1)
    await node[Symbol.asyncDispose]()
    const messages = await messagesOf(directory)
    const about = messages.filter((xml) => messageFacts(xml).studyInstanceUid !== undefined)
    expect(about.length).toBeGreaterThanOrEqual(3)
    expect(about.filter((xml) => !xml.includes('ParticipantObjectID="PID-8675309X"'))).toEqual([])
    expect(messages.join()).not.toMatch(/quistrebert|424242Q/i)
    expect(await schemaFaults(messages)).toEqual([])
    expect(said.join()).toContain('study analysed')
    expect(said.join()).not.toMatch(SECRETS)
  })
})

const byFirst = (messages: readonly string[]) => (a: string, b: string) =>
  kinds(messages).indexOf(a) - kinds(messages).indexOf(b)

test('what stops while instances come in has told of each of them', async () => {
  const { dicomPort, directory, node } = await startTestNode({ roles: ['receiver'] })
  const uids = Array.from({ length: 9 }, (_, nth) => `1.2.3.4.${nth}`)
  const files = await Promise.all(uids.map((uid) => dxFile({ SOPInstanceUID: uid })))
  expect(new Set(await push(dicomPort, ...files))).toEqual(new Set(['0000H']))
  await node[Symbol.asyncDispose]()
  const text = (await messagesOf(directory)).join('\n')
  expect(uids.filter((uid) => !text.includes(`<Instance UID="${uid}"/>`))).toEqual([])
  expect((await verifyTrail(join(directory, 'audit'))).flatMap(({ faults }) => faults)).toEqual([])
})
