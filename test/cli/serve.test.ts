import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { freePort } from '../support/dcmtk.ts'
import { configFile } from '../support/mcads.ts'
import { temporaryFolder } from '../support/needs.ts'
import { startGroup, startProcess } from '../support/node-process.ts'
import { phantomFile, push } from '../support/push.ts'

vi.setConfig({ testTimeout: 180_000 })

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

async function configOf({
  database,
  dicomPort = 0,
  httpPort = 0,
}: {
  database?: object
  dicomPort?: number
  httpPort?: number
}) {
  return configFile({
    storage: { directory: join(await temporaryFolder(), 'state'), minimumFree: '10MB' },
    dicom: { host: '127.0.0.1', port: dicomPort, peers: [{ aeTitle: 'TESTER', host: '127.0.0.1' }] },
    completion: { quiet: '1s' },
    analysis: { children: 1 },
    http: { port: httpPort },
    model: { allowDemonstration: true },
    ...(database && { database }),
  })
}

test('mcads serve runs the whole node on embedded defaults and stops cleanly on SIGTERM, whatever is under way, and when told twice', async () => {
  const [dicomPort, httpPort] = [await freePort(), await freePort()]
  const config = await configOf({ dicomPort, httpPort })
  const node = startProcess('serve', '--config', config)
  await node.untilSays('node started')
  expect(await push(dicomPort, await phantomFile())).toEqual(['0000H'])
  // It means: look at the certificates, and there are none.
  node.kill('SIGHUP')
  const list = startProcess('study', 'list', '--json', '--config', config)
  expect(await list.ended).toEqual({ exitCode: 0 })
  expect(JSON.parse(list.output())).toMatchObject([{ instances: 1 }])
  await node.untilSays('study complete')
  node.kill('SIGTERM')
  await node.untilSays('node stopping')
  // npm and tsx pass on what the process has had from the terminal.
  node.kill('SIGTERM')
  expect(await node.ended).toEqual({ exitCode: 0 })
  expect(node.output()).toContain('"signal":"SIGTERM","msg":"node stopping"')
  expect(node.output()).not.toMatch(/"level":"error"/)
})

test('Ctrl-C, which a terminal sends to all that runs in it, ends neither the database nor the analysis under way before the node', async () => {
  const dicomPort = await freePort()
  const node = startGroup('serve', '--config', await configOf({ dicomPort }))
  await node.untilSays('node started')
  expect(await push(dicomPort, await phantomFile())).toEqual(['0000H'])
  await node.untilSays('study complete')
  node.interrupt()
  expect(await node.ended).toEqual({ exitCode: 0 })
  expect(node.output()).toContain('"signal":"SIGINT","msg":"node stopping"')
  expect(node.output()).not.toMatch(/"level":"error"/)
})

test('within ten seconds of SIGTERM an idle node has ended', async () => {
  const { url } = await testDatabase()
  const node = startProcess('serve', '--config', await configOf({ database: { url } }))
  await node.untilSays('node started')
  const asked = performance.now()
  node.kill('SIGTERM')
  expect(await node.ended).toEqual({ exitCode: 0 })
  expect(performance.now() - asked).toBeLessThan(10_000)
})

test.each([
  ['DICOM', 'dicomPort'],
  ['HTTP', 'httpPort'],
])('with its %s port in use mcads serve says so and ends: exit code 1', async (_, which) => {
  const { url } = await testDatabase()
  const port = await takenPort()
  const node = startProcess('serve', '--config', await configOf({ database: { url }, [which]: port }))
  expect(await node.ended).toEqual({ exitCode: 1 })
  expect(node.output()).toMatch(new RegExp(`mcads: PORT_UNAVAILABLE: .*cannot listen on 127\\.0\\.0\\.1:${port}`))
})

test('with database.url a demonstration model is refused unless it is allowed: exit code 1', async () => {
  const { url } = await testDatabase()
  const config = await configFile({
    storage: { directory: join(await temporaryFolder(), 'state') },
    database: { url },
  })
  const node = startProcess('serve', '--config', config)
  expect(await node.ended).toEqual({ exitCode: 1 })
  expect(node.output()).toMatch(/^mcads: MODEL_INVALID: .*set model\.allowDemonstration: true/m)
})

test('a storage.directory that cannot be made is told: exit code 1', async () => {
  const config = await configFile({ storage: { directory: '/dev/null/mcads' } })
  const node = startProcess('serve', '--config', config)
  expect(await node.ended).toEqual({ exitCode: 1 })
  expect(node.output()).toMatch(/^mcads: STORAGE_FAILED: storage\.directory \/dev\/null\/mcads cannot be written to/m)
})
