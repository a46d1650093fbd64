import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { emptyDatabase } from '../support/database.ts'
import { freePort } from '../support/dcmtk.ts'
import { configFile, mcads } from '../support/mcads.ts'
import { temporaryFolder } from '../support/needs.ts'
import { startTestNode } from '../support/node.ts'
import { openPacs } from '../support/pacs.ts'

vi.setConfig({ testTimeout: 180_000 })

const PEERS = [{ aeTitle: 'CR1', host: '127.0.0.1' }]

test('beside a node in order every check is ok: exit code 0', async () => {
  const pacs = await openPacs()
  const { dicomPort, databaseUrl, directory } = await startTestNode({ roles: ['receiver'] })
  const config = await configFile({
    storage: { directory, minimumFree: '10MB' },
    dicom: { host: '127.0.0.1', port: dicomPort, peers: PEERS },
    destinations: [{ ...pacs.destination, host: '127.0.0.1' }],
    database: { url: databaseUrl },
    model: { allowDemonstration: true },
  })
  const { exitCode, stdout } = await mcads('doctor', '--config', config, '--json')
  expect(stdout.match(/\n/g)).toHaveLength(1)
  const checks = ['disk', 'database', 'queue', 'model', 'receiver', 'peers', 'destination pacs']
  const ok = Object.fromEntries(checks.map((name) => [name, { ok: true, words: expect.any(String) }]))
  expect(JSON.parse(stdout)).toEqual({ ready: true, checks: ok })
  expect(exitCode).toBe(0)
})

test('whatever is wrong is told at once, each with what to do: exit code 1', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'file'), '')
  const [port, closed] = [await freePort(), await freePort()]
  const config = await configFile({
    storage: { directory: join(folder, 'file/storage') },
    dicom: { port },
    destinations: [{ name: 'pacs', aeTitle: 'PACS', host: '127.0.0.1', port: closed }],
    database: { url: 'postgresql://127.0.0.1:1/mcads' },
    redis: { url: 'redis://127.0.0.1:1' },
  })
  const { exitCode, stdout } = await mcads('doctor', '--config', config)
  expect(exitCode).toBe(1)
  const lines = new Map(stdout.split('\n').map((line) => [/^FAULT +(.*?) {2}/.exec(line)?.[1], line]))
  const remedies = {
    disk: 'correct storage.directory',
    database: 'start PostgreSQL, or correct database.url',
    queue: 'start Redis, or correct redis.url',
    model: 'set model.allowDemonstration: true',
    receiver: 'start the node with the role receiver',
    peers: 'list senders in dicom.peers',
    'destination pacs': 'correct host and port of the destination',
  }
  for (const [check, remedy] of Object.entries(remedies)) expect(lines.get(check)).toContain(remedy)
})

test('a database without its schema and a disk that is nearly full are told with what to do', async () => {
  const config = await configFile({
    storage: { directory: await temporaryFolder(), minimumFree: '900000TB' },
    database: { url: (await emptyDatabase()).url },
    model: { allowDemonstration: true },
  })
  const { exitCode, stdout } = await mcads('doctor', '--config', config)
  expect(exitCode).toBe(1)
  expect(stdout).toMatch(/FAULT +database +lacks 0001-.*: run `mcads migrate`/)
  expect(stdout).toMatch(/FAULT +disk .*less than storage\.minimumFree: make room/)
})

test('a destination that rejects us is told with what its people have to do', async () => {
  const { dicomPort, directory } = await startTestNode({ roles: ['receiver'] })
  const config = await configFile({
    storage: { directory, minimumFree: '10MB' },
    destinations: [{ name: 'strict', aeTitle: 'MCADS', callingAeTitle: 'UNKNOWN', host: '127.0.0.1', port: dicomPort }],
    database: { url: 'postgresql://127.0.0.1:1/mcads' },
  })
  const { stdout } = await mcads('doctor', '--config', config)
  expect(stdout).toMatch(/FAULT +destination strict .*calling AE title not recognized: have it list our AE title/)
})
