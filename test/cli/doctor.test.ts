import { once } from 'node:events'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { SopClass } from '../../src/dicom/sop-classes.ts'
import { Authority } from '../support/certificates.ts'
import { emptyDatabase } from '../support/database.ts'
import { freePort } from '../support/dcmtk.ts'
import { configFile, mcads } from '../support/mcads.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { startTestNode } from '../support/node.ts'
import { openPacs } from '../support/pacs.ts'
import { recordingScp } from '../support/recording-scp.ts'
import { listenScripted } from '../support/scripted-peer.ts'

vi.setConfig({ testTimeout: 180_000 })

const PEERS = [{ aeTitle: 'CR1', host: '127.0.0.1' }]

type Told = { ok: boolean; words: string; remedy?: string; warning?: true }

/** What the doctor says of each check. */
async function doctor(tree: object): Promise<{ exitCode: number; checks: Record<string, Told> }> {
  const { exitCode, stdout } = await mcads('doctor', '--config', await configFile(tree), '--json')
  expect(stdout.match(/\n/g)).toHaveLength(1)
  return { exitCode, ...JSON.parse(stdout) }
}

test('beside a node in order every check is ok: exit code 0', async () => {
  const pacs = await openPacs()
  const { node, dicomPort, databaseUrl, directory } = await startTestNode({ roles: ['receiver'] })
  const { exitCode, checks } = await doctor({
    storage: { directory, minimumFree: '10MB' },
    dicom: { host: '127.0.0.1', port: dicomPort, peers: PEERS },
    destinations: [{ ...pacs.destination, host: '127.0.0.1' }],
    database: { url: databaseUrl },
    model: { allowDemonstration: true },
    http: { port: node.httpPort },
  })
  expect(exitCode).toBe(0)
  const told = Object.entries(checks).map(([name, { ok, words }]) => `${ok ? 'ok' : 'FAULT'} ${name}: ${words}`)
  expect(told).toEqual([
    expect.stringMatching(/^ok disk: .* GB free in /),
    expect.stringMatching(/^ok database: PostgreSQL 1\d\./),
    expect.stringMatching(/^ok clock: the database's clock differs by \d+ ms$/),
    'ok queue: in the database',
    expect.stringMatching(/^ok model: .*knows simulated radiographs only$/),
    `ok receiver: answers on port ${dicomPort} as MCADS`,
    `ok http: /livez answers on port ${node.httpPort}`,
    'ok peer CR1: from 127.0.0.1',
    expect.stringMatching(
      /^ok destination pacs: 127.0.0.1, C-ECHO answered in [\d.]+ ms, takes Comprehensive3dSrStorage, SecondaryCaptureImageStorage, confirms nothing$/,
    ),
    'ok deliveries: nothing is owed to a destination that is not configured',
  ])
  expect(checks.model).toMatchObject({ warning: true, remedy: 'set model.id to a model made for patients' })
})

test('whatever is wrong is told at once, each with what to do: exit code 1', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'file'), '')
  const [port, closed] = [await freePort(), await freePort()]
  const config = await configFile({
    storage: { directory: join(folder, 'file/storage') },
    dicom: { port },
    destinations: [
      { name: 'pacs', aeTitle: 'PACS', host: '127.0.0.1', port: closed },
      { name: 'lost', aeTitle: 'PACS', host: 'no-such-host.invalid', port: 104 },
    ],
    database: { url: 'postgresql://127.0.0.1:1/mcads' },
    http: { port: closed },
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
    clock: 'start PostgreSQL, or correct database.url',
    http: 'start the node',
    'destination pacs': 'nothing listens there: start it, or correct host and port of the destination',
    'destination lost': 'correct it in the configuration, or mend the name server',
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

const OFFLINE = { database: { url: 'postgresql://127.0.0.1:1/mcads' } }

describe('a destination', () => {
  const destination = (port: number, more: object = {}) => ({
    ...OFFLINE,
    destinations: [{ name: 'pacs', aeTitle: 'PACS', host: '127.0.0.1', port, ...more }],
    delivery: { timeout: '500ms' },
  })

  test('that takes no Structured Report in any of our classes is a fault, and the classes are named', async () => {
    const pacs = await openPacs({ abstractSyntaxes: [SopClass.SecondaryCaptureImageStorage] })
    const { checks } = await doctor(destination(pacs.port))
    expect(checks['destination pacs']).toEqual({
      ok: false,
      words: expect.stringMatching(/^it takes no Comprehensive3dSrStorage, /),
      remedy: 'have it accept one of these classes, or leave sr out of objects of the destination',
    })
    const { checks: without } = await doctor(destination(pacs.port, { objects: ['sc'] }))
    expect(without['destination pacs']?.words).toMatch(/takes SecondaryCaptureImageStorage, confirms nothing$/)
  })

  test.each<[string, object, string[], object]>([
    [
      'offers storage commitment',
      {},
      [SopClass.StorageCommitmentPushModel],
      { warning: true, remedy: expect.stringContaining('list PACS in dicom.peers') },
    ],
    [
      'answers queries',
      {},
      [SopClass.StudyRootQueryRetrieveFind],
      { words: expect.stringMatching(/confirms by query$/) },
    ],
    ['is not asked', { confirm: 'none' }, [], { words: expect.stringMatching(/is not asked to confirm$/) }],
    [
      'offers no storage commitment',
      { confirm: 'storage commitment' },
      [],
      { ok: false, words: 'it offers no storage commitment' },
    ],
    ['answers no queries', { confirm: 'query' }, [], { ok: false, words: 'it answers no Study Root queries' }],
  ])('that %s, asked to confirm by its configuration %j, is told', async (_name, more, classes, told) => {
    const pacs = await openPacs({ abstractSyntaxes: [SopClass.SecondaryCaptureImageStorage, ...classes] })
    const { checks } = await doctor(destination(pacs.port, { objects: ['sc'], ...more }))
    expect(checks['destination pacs']).toMatchObject(told)
  })

  test('where something listens that does not answer is told apart from one where nothing listens', async () => {
    const port = await listenScripted(() => new Promise(() => {}))
    const { checks } = await doctor(destination(port))
    expect(checks['destination pacs']).toMatchObject({
      ok: false,
      words: expect.stringContaining('the association request was not answered'),
      remedy: expect.stringContaining('may be no DICOM peer, or want TLS'),
    })
  })
})

test('a node of one role is not asked for what the others need', async () => {
  const config = await configFile({
    ...OFFLINE,
    destinations: [{ name: 'pacs', aeTitle: 'P', host: '127.0.0.1', port: 1 }],
  })
  const { stdout } = await mcads('doctor', '--role', 'worker', '--config', config, '--json')
  expect(Object.keys(JSON.parse(stdout).checks)).toEqual(['disk', 'database', 'clock', 'queue', 'model', 'http'])
  expect(await mcads('doctor', '--role', 'cook')).toMatchObject({ exitCode: 2 })
})

describe('a clock', () => {
  afterEach(() => void vi.useRealTimers())

  test.each([
    [
      10_000,
      {
        ok: true,
        warning: true,
        words: expect.stringMatching(/^the database's clock is (?:[89]|1\d)\.\d s behind ours$/),
      },
    ],
    [
      -3_600_000,
      { ok: false, words: expect.stringMatching(/^the database's clock is 3[56]\d\d\.\d s ahead of ours$/) },
    ],
  ])('that differs from the database’s by %i ms is told, and what to do', async (ms, told) => {
    const { url } = await emptyDatabase()
    vi.useFakeTimers({ toFake: ['Date'], shouldAdvanceTime: true, now: Date.now() + ms })
    const { checks } = await doctor({ database: { url }, model: { allowDemonstration: true } })
    expect(checks.clock).toMatchObject({ ...told, remedy: 'have both machines follow a time server (NTP)' })
  })

  test('of a web server that differs from ours is told', async () => {
    const server = createServer((_request, response) => {
      response.setHeader('date', new Date(Date.now() - 60_000).toUTCString())
      response.setHeader('content-type', 'application/dicom+json')
      response.end('[]')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const web = { name: 'web', type: 'dicomweb', url: `http://127.0.0.1:${port}/dicom-web` }
    expect((await doctor({ ...OFFLINE, destinations: [web] })).checks['destination web']).toMatchObject({
      ok: true,
      warning: true,
      words: expect.stringMatching(/its clock is (?:5\d|6\d)\.\d s behind ours$/),
    })
  })
})

describe('the port', () => {
  const on = (port: number) => ({ ...OFFLINE, dicom: { host: '127.0.0.1', port, peers: PEERS } })

  test('on which a DICOM node with another AE title listens is a fault', async () => {
    const other = await recordingScp({ admit: { calledAeTitles: [{ aeTitle: 'OTHER' }], peers: PEERS } })
    expect((await doctor(on(other.port))).checks.receiver).toMatchObject({
      ok: false,
      words: `what listens on port ${other.port} does not know the AE title MCADS`,
      remedy: expect.stringContaining('change dicom.port'),
    })
  })

  test('on which something else listens is a fault', async () => {
    const port = await listenScripted(async (peer) => peer.socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    expect((await doctor(on(port))).checks.receiver?.words).toContain(`what listens on port ${port} is no DICOM node`)
  })
})

describeWith(['openssl'], 'with TLS', () => {
  test('a node shows the certificate of its file, and a destination is asked over TLS', async () => {
    const authority = await Authority.open()
    const own = await authority.issue({ commonName: 'node', days: 90 })
    const tls = { ...own, ca: authority.ca, port: 0 }
    await chmod(own.key, 0o600)
    const { node, dicomPort, databaseUrl, directory } = await startTestNode({
      roles: ['receiver'],
      environment: { MCADS_DICOM__TLS: JSON.stringify(tls) },
    })
    const there = { aeTitle: 'MCADS', callingAeTitle: 'TESTER', host: '127.0.0.1', port: node.dicomTlsPort }
    const tree = (files: object) => ({
      storage: { directory, minimumFree: '10MB' },
      dicom: { host: '127.0.0.1', port: dicomPort, peers: PEERS, tls: { ...tls, ...files, port: node.dicomTlsPort } },
      destinations: [
        { name: 'itself', ...there, objects: ['sc'], tls: { ...own, ca: authority.ca } },
        { name: 'naive', ...there, objects: ['sc'], tls: { ...own, ca: authority.ca, verify: false } },
        { name: 'misnamed', ...there, objects: ['sc'], tls: { ...own, ca: authority.ca, servername: 'other.example' } },
      ],
      database: { url: databaseUrl },
    })
    const { checks } = await doctor(tree({}))
    expect(checks['receiver TLS']).toEqual({ ok: true, words: `TLSv1.3 on port ${node.dicomTlsPort}` })
    expect(checks['destination itself']?.words).toMatch(/^127.0.0.1, TLSv1.3, C-ECHO answered .* takes Secondary/)
    expect(checks['destination naive']).toMatchObject({
      ok: true,
      warning: true,
      remedy: expect.stringContaining('tls.verify'),
    })
    expect(checks['destination misnamed']).toMatchObject({
      ok: false,
      remedy: expect.stringContaining('tls.servername'),
    })
    expect(checks['certificate dicom.tls']?.words).toMatch(/^'CN=node' of 'CN=Test Authority', until \d{4}-/)

    const renewed = await authority.issue({ commonName: 'renewed' })
    expect((await doctor(tree(renewed))).checks['receiver TLS']).toMatchObject({
      ok: true,
      warning: true,
      words: expect.stringContaining('with another certificate than'),
      remedy: expect.stringContaining('SIGHUP'),
    })
  })

  test('the audit repository is asked over TLS', async () => {
    const authority = await Authority.open()
    const { certificate, key } = await authority.issue({ commonName: 'repository' })
    const server = createTlsServer({ cert: await readFile(certificate), key: await readFile(key) }).listen(
      0,
      '127.0.0.1',
    )
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const repository = { host: '127.0.0.1', port, ca: authority.ca }
    const { checks } = await doctor({ ...OFFLINE, audit: { repository } })
    expect(checks['audit repository']).toEqual({ ok: true, words: `127.0.0.1, port ${port}, TLSv1.3` })
    expect(checks['certificate audit.repository']?.ok).toBe(true)
    const { checks: closed } = await doctor({ ...OFFLINE, audit: { repository: { ...repository, port: 1 } } })
    expect(closed['audit repository']).toMatchObject({ ok: false, words: expect.stringContaining('ECONNREFUSED') })
  })

  test('certificates that cannot be used, or not for long, are told with what to do', async () => {
    const authority = await Authority.open()
    const good = await authority.issue({ commonName: 'node' })
    const other = await authority.issue({ commonName: 'other' })
    const late = await authority.issue({ commonName: 'late', days: -1 })
    await chmod(good.key, 0o644)
    const certificate = async (files: object) =>
      (await doctor({ ...OFFLINE, dicom: { port: 'none', tls: { ...good, ca: authority.ca, port: 1, ...files } } }))
        .checks['certificate dicom.tls']
    const soon = await certificate({})
    expect(soon).toMatchObject({ ok: true, warning: true })
    expect(soon?.remedy).toMatch(/^\d days are left .*; others on this machine may read the key: chmod 600 /)
    expect(await certificate({ key: other.key })).toMatchObject({
      ok: false,
      words: expect.stringContaining('is not the key of the certificate'),
    })
    expect(await certificate(late)).toMatchObject({ ok: false, words: expect.stringContaining('it expired on') })
    const stranger = await (await Authority.open('Other Authority')).issue({ commonName: 'stranger' })
    expect((await certificate(stranger))?.remedy).toContain('append its intermediates to')
    expect(await certificate({ ca: '/no/such/ca.pem' })).toMatchObject({
      ok: false,
      words: '/no/such/ca.pem cannot be read: ENOENT',
    })
  })
})

test('a disk that is getting full is told before it is', async () => {
  const storage = { directory: await temporaryFolder(), minimumFree: '1MB', lowFree: '900000TB' }
  expect((await doctor({ ...OFFLINE, storage })).checks.disk).toMatchObject({
    ok: true,
    warning: true,
    remedy: 'less than storage.lowFree, so new associations are rejected: make room',
  })
})

test('a peer that would not get its storage commitment reports is told', async () => {
  const [there, closed] = [await openPacs(), await freePort()]
  const peer = (aeTitle: string, port: number) => ({
    aeTitle,
    host: '127.0.0.1',
    reportTo: { host: '127.0.0.1', port },
  })
  const { checks } = await doctor({ ...OFFLINE, dicom: { peers: [peer('PACS', there.port), peer('LOST', closed)] } })
  expect(checks['peer PACS']).toEqual({ ok: true, words: 'from 127.0.0.1' })
  expect(checks['peer LOST']).toMatchObject({
    ok: true,
    warning: true,
    remedy: expect.stringMatching(/ECONNREFUSED\): correct reportTo$/),
  })
})

test('peers are resolved one by one, and secrets that others may read are told', async () => {
  const passcodeFile = join(await temporaryFolder(), 'passcode')
  await writeFile(passcodeFile, 'secret', { mode: 0o644 })
  const peers = [
    { aeTitle: 'HERE', host: ['localhost', '10.0.0.0/24'] },
    { aeTitle: 'LOST', host: 'no-such-host.invalid' },
  ]
  const { checks } = await doctor({
    ...OFFLINE,
    dicom: { peers, userIdentity: { users: [{ name: 'joe', passcodeFile }] } },
  })
  expect(checks['peer HERE']).toMatchObject({
    ok: true,
    words: expect.stringMatching(/^from localhost \(.*127.0.0.1.*\), 10.0.0.0\/24$/),
  })
  expect(checks['peer LOST']).toMatchObject({ ok: false, remedy: expect.stringContaining('mend the name server') })
  expect(checks.users).toMatchObject({ warning: true, remedy: expect.stringContaining(`chmod 600 ${passcodeFile}`) })
})

test('what takes long is told on standard error while it lasts', async () => {
  const port = await listenScripted(() => new Promise(() => {}))
  const { stderr } = await mcads(
    'doctor',
    '--config',
    await configFile({
      ...OFFLINE,
      destinations: [{ name: 'slow', aeTitle: 'PACS', host: '127.0.0.1', port }],
      delivery: { timeout: '4s' },
    }),
  )
  expect(stderr).toMatch(/^still looking at .*destination slow/m)
})
