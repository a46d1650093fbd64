import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { freePort, stop, untilListening } from './dcmtk.ts'
import { temporaryFolder } from './needs.ts'

type OrthancInstance = { sopClassUid: string; sopInstanceUid: string; file(): Promise<Buffer> }
export type Orthanc = {
  port: number
  httpPort: number
  instances(): Promise<OrthancInstance[]>
  /** Orthanc's id of the instance. */
  upload(part10: Buffer): Promise<string>
  /** Its REST interface: JSON in, JSON out. */
  rest(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>
}

/** Debian's orthanc-dicomweb, and the setting that loads it: DICOMweb at /dicom-web. */
export const DICOM_WEB_PLUGIN = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so'
export const DICOM_WEB = { Plugins: [DICOM_WEB_PLUGIN] }

/** Orthanc, AE title ORTHANC, in memory and a temporary folder, with more settings; stopped when the test ends. */
export async function startOrthanc(more: object = {}): Promise<Orthanc> {
  const folder = await temporaryFolder()
  const [free, httpPort] = [await freePort(), await freePort()]
  const port = 'DicomPort' in more ? Number(more.DicomPort) : free
  const settings = {
    Name: 'test',
    StorageDirectory: folder,
    IndexDirectory: folder,
    Plugins: [],
    DicomAet: 'ORTHANC',
    DicomPort: port,
    HttpPort: httpPort,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    DicomAlwaysAllowStore: true,
    HttpServerEnabled: true,
    ...more,
  }
  const file = join(folder, 'orthanc.json')
  await writeFile(file, JSON.stringify(settings))
  const child = spawn('Orthanc', [file], { stdio: 'ignore' })
  onTestFinished(() => stop(child))
  await untilListening(port, 30_000)
  await untilListening(httpPort, 30_000)
  const get = (path: string) => fetch(`http://127.0.0.1:${httpPort}${path}`)
  const tag = async (id: string, name: string) =>
    (await (await get(`/instances/${id}/content/${name}`)).text()).replace(/[\0 ]+$/, '')
  const instance = async (id: string): Promise<OrthancInstance> => ({
    sopClassUid: await tag(id, '0008-0016'),
    sopInstanceUid: await tag(id, '0008-0018'),
    file: async () => Buffer.from(await (await get(`/instances/${id}/file`)).arrayBuffer()),
  })
  return {
    port,
    httpPort,
    async upload(part10) {
      const response = await fetch(`http://127.0.0.1:${httpPort}/instances`, {
        method: 'POST',
        body: new Blob([part10]),
      })
      return String(Object(await response.json()).ID)
    },
    async rest(method, path, body) {
      const options = body === undefined ? { method } : { method, body: JSON.stringify(body) }
      const response = await fetch(`http://127.0.0.1:${httpPort}${path}`, options)
      if (!response.ok) throw new Error(`Orthanc answered ${response.status} to ${path}`)
      return response.json()
    },
    async instances() {
      const ids: unknown = await (await get('/instances')).json()
      return Promise.all(Array.isArray(ids) ? ids.map((id) => instance(String(id))) : [])
    },
  }
}
