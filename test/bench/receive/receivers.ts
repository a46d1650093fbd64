import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openEmbeddedPostgres } from '../../../src/db/embedded-postgres.ts'
import type { Resources } from '../../../src/lifecycle.ts'
import { freePort, stop, untilListening } from '../../support/ports.ts'

export type Receiver = {
  readonly name: 'node' | 'node, TLS' | 'storescp' | 'orthanc' | 'raw' | 'raw, synced'
  readonly pid: number
  readonly port: number
  readonly calledAeTitle: string
  /** What storescu has to be told to reach it. */
  readonly options?: readonly string[]
  /** How many instances it holds. */
  count(): Promise<number>
  /** Throws away what it holds, so that the disk stays as it was. */
  empty(): Promise<void>
}

const ROOT = join(import.meta.dirname, '../../..')
// DCMTK and Orthanc leave Nagle's algorithm on unless told otherwise: 40 ms for each instance.
const ENVIRONMENT = { ...process.env, TCP_NODELAY: '1' }

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function emptyOf(folder: string): Promise<void> {
  for (const file of await filesIn(folder)) await rm(file, { force: true })
}

function start(resources: Resources, command: string, args: string[], environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...ENVIRONMENT, ...environment },
    stdio: ['ignore', 'ignore', process.env.BENCH_VERBOSE ? 'inherit' : 'ignore'],
  })
  resources.defer(() => stop(child))
  return child
}

const pidOf = ({ pid = 0 }: ChildProcess) => pid

/** What the container image starts Node.js with. */
function imageArguments(): string[] {
  const entry = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(join(ROOT, 'docker/Dockerfile'), 'utf8'))?.[1] ?? '[]'
  const [, ...words]: string[] = JSON.parse(entry)
  return words
}

/** One certificate for both sides, and its own authority. */
async function makeCertificate(folder: string): Promise<{ key: string; certificate: string }> {
  const [key, certificate] = [join(folder, 'tls.key'), join(folder, 'tls.pem')]
  const names = ['-subj', '/CN=bench', '-addext', 'subjectAltName = IP:127.0.0.1']
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  await promisify(execFile)('openssl', ['req', ...kind, ...names, '-keyout', key, '-out', certificate])
  return { key, certificate }
}

/**
 * The receiver as it runs in production, built, with a database of its own, and configured by default but for its port:
 * plain, or mutual TLS.
 */
export async function startNode(resources: Resources, folder: string, over: 'plain' | 'tls'): Promise<Receiver> {
  const port = await freePort()
  const directory = join(folder, `node-${over}`)
  await mkdir(directory, { mode: 0o711 })
  const { key, certificate } = await makeCertificate(directory)
  const database = resources.use(await openEmbeddedPostgres({ directory: join(directory, 'postgres') }))
  const storage = join(directory, 'storage')
  const peers = ['STORESCU', 'BENCH'].map((aeTitle) => ({ aeTitle, host: '127.0.0.1' }))
  const profile = process.env.BENCH_PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`] : []
  const child = start(resources, process.execPath, [...profile, ...imageArguments(), 'serve', '--role', 'receiver'], {
    MCADS_STORAGE__DIRECTORY: storage,
    MCADS_DICOM__HOST: '127.0.0.1',
    MCADS_DICOM__PORT: over === 'plain' ? String(port) : 'none',
    ...(over === 'tls' && { MCADS_DICOM__TLS: JSON.stringify({ port, certificate, key, ca: certificate }) }),
    MCADS_DICOM__PEERS: JSON.stringify(peers),
    MCADS_DATABASE__URL: database.url,
    MCADS_MODEL__ALLOW_DEMONSTRATION: 'true',
    MCADS_HTTP__PORT: '0',
    MCADS_LOG__LEVEL: 'warn',
  })
  if (process.env.BENCH_PROFILE)
    resources.defer(async () => {
      child.kill('SIGTERM')
      await new Promise((resolve) => child.once('exit', resolve))
    })
  await untilListening(port, 30_000)
  const held = async () => [
    ...(await filesIn(join(storage, 'instances'))),
    ...(await filesIn(join(storage, 'arrived'))),
  ]
  return {
    ...{ name: over === 'plain' ? 'node' : 'node, TLS', pid: pidOf(child), port, calledAeTitle: 'MCADS' },
    ...(over === 'tls' && { options: ['+tls', key, certificate, '+cf', certificate] }),
    count: async () => (await held()).length,
    empty: () => emptyOf(join(storage, 'instances')),
  }
}

/** DCMTK's storescp: bit-preserving, a process for each association, nothing synced. */
export async function startStorescp(resources: Resources, folder: string): Promise<Receiver> {
  const port = await freePort()
  const directory = join(folder, 'storescp')
  await mkdir(directory)
  const child = start(resources, 'storescp', ['-od', directory, '+B', '--fork', '-pdu', '131072', String(port)])
  await untilListening(port)
  return {
    ...{ name: 'storescp', pid: pidOf(child), port, calledAeTitle: 'STORESCP' },
    count: async () => (await filesIn(directory)).length,
    empty: () => emptyOf(directory),
  }
}

/** Orthanc, as it is by default but for the PDU length. */
export async function startOrthanc(resources: Resources, folder: string): Promise<Receiver> {
  const [port, httpPort] = [await freePort(), await freePort()]
  const directory = join(folder, 'orthanc')
  await mkdir(directory)
  const settings = {
    ...{ Name: 'bench', StorageDirectory: directory, IndexDirectory: directory, Plugins: [] },
    ...{ DicomAet: 'ORTHANC', DicomPort: port, HttpPort: httpPort, MaximumPduLength: 131_072 },
    ...{ RemoteAccessAllowed: false, AuthenticationEnabled: false, DicomAlwaysAllowStore: true },
  }
  const file = join(folder, 'orthanc.json')
  await writeFile(file, JSON.stringify(settings))
  const child = start(resources, 'Orthanc', [file])
  await untilListening(port, 30_000)
  await untilListening(httpPort, 30_000)
  const url = (path: string) => `http://127.0.0.1:${httpPort}${path}`
  const list = async (path: string): Promise<unknown[]> => {
    const answer: unknown = await (await fetch(url(path))).json()
    return Array.isArray(answer) ? answer : []
  }
  return {
    ...{ name: 'orthanc', pid: pidOf(child), port, calledAeTitle: 'ORTHANC' },
    count: async () => (await list('/instances')).length,
    async empty() {
      for (const id of await list('/patients')) await fetch(url(`/patients/${id}`), { method: 'DELETE' })
    },
  }
}

export async function startRaw(resources: Resources, folder: string, name: 'raw' | 'raw, synced'): Promise<Receiver> {
  const port = await freePort()
  const directory = join(folder, name)
  await mkdir(directory)
  const words = name === 'raw' ? [] : ['synced']
  const script = join(import.meta.dirname, 'raw-receiver-process.ts')
  const child = start(resources, process.execPath, ['--import', 'tsx', script, String(port), directory, ...words])
  await untilListening(port)
  return {
    ...{ name, pid: pidOf(child), port, calledAeTitle: '' },
    count: async () => (await filesIn(directory)).length,
    empty: () => emptyOf(directory),
  }
}
