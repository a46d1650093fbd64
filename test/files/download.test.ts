import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { download, type Progress } from '../../src/files/download.ts'
import { temporaryFolder } from '../support/needs.ts'
import { httpServer, proxyServer, releaseServer } from '../support/release-server.ts'

const BYTES = randomBytes(300_000)
const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ name: 'Failure', code, message: expect.stringMatching(message) })

beforeEach(() => {
  for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'])
    for (const each of [name, name.toUpperCase()]) vi.stubEnv(each, '')
  return () => vi.unstubAllEnvs()
})

async function fetching(url: URL, more: { maximumBytes?: number; folder?: string } = {}) {
  const folder = more.folder ?? (await temporaryFolder())
  const path = join(folder, 'weights.pt')
  const progress: Progress[] = []
  const work = download({
    ...{ url: new URL('weights.pt', url), path, maximumBytes: more.maximumBytes ?? 1e6 },
    onProgress: (each) => progress.push(each),
  })
  const done = work.then(() => readFile(path))
  return { folder, progress, done, settled: done.catch(() => {}) }
}

test('a download arrives whole, tells how far it is, and leaves nothing else behind', async () => {
  const { url } = await releaseServer({ bytes: BYTES, etag: '"1"' })
  const { folder, progress, done } = await fetching(url)
  expect((await done).equals(BYTES)).toBe(true)
  expect(progress.at(-1)).toEqual({ received: BYTES.length, total: BYTES.length })
  expect(await readdir(folder)).toEqual(['weights.pt'])
})

test('a download that breaks goes on where it stopped', async () => {
  const { url, ranges } = await releaseServer({ bytes: BYTES, etag: '"1"' }, [100_000])
  const { done } = await fetching(url)
  expect((await done).equals(BYTES)).toBe(true)
  expect(ranges).toHaveLength(2)
  expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/)
})

test('a download that an earlier process began goes on, too', async () => {
  const { url, ranges } = await releaseServer({ bytes: BYTES, etag: '"1"' }, [100_000, 50_000, 0, 0])
  const first = await fetching(url)
  await expect(first.done).rejects.toThrow(failure('PEER_UNREACHABLE', /half-way/))
  expect(await readdir(first.folder)).toEqual(['weights.pt.part', 'weights.pt.part.version'])
  const { done } = await fetching(url, { folder: first.folder })
  expect((await done).equals(BYTES)).toBe(true)
  expect(Number(ranges.at(-1)?.match(/\d+/)?.[0])).toBeGreaterThan(100_000)
})

test('parts of two versions of a file are never joined', async () => {
  const content = { bytes: BYTES, etag: '"1"' }
  const { url } = await releaseServer(content, [100_000, 0, 0, 0])
  const first = await fetching(url)
  await first.settled
  Object.assign(content, { bytes: randomBytes(200_000), etag: '"2"' })
  const { done } = await fetching(url, { folder: first.folder })
  expect((await done).equals(content.bytes)).toBe(true)
})

test('without a version from the server a broken download begins anew', async () => {
  const { url, ranges } = await releaseServer({ bytes: BYTES }, [100_000])
  expect((await (await fetching(url)).done).equals(BYTES)).toBe(true)
  expect(ranges).toEqual([undefined, undefined])
})

test.each([
  ['announced', true],
  ['not announced', false],
])('more than the limit, %s, is refused and not kept', async (_, announced) => {
  const url = await httpServer((_request, response) => {
    if (announced) response.setHeader('content-length', BYTES.length)
    response.end(BYTES)
  })
  const { folder, done } = await fetching(url, { maximumBytes: 200_000 })
  await expect(done).rejects.toThrow(failure('MODEL_INVALID', /more than 200000 bytes/))
  expect(await readdir(folder)).toEqual([])
})

test('a file that is not there is not asked for again', async () => {
  let asked = 0
  const url = await httpServer((_request, response) => {
    asked++
    response.writeHead(404).end()
  })
  await expect((await fetching(url)).done).rejects.toThrow(failure('NOT_FOUND', /no such file/))
  expect(asked).toBe(1)
})

test('redirects are followed', async () => {
  const { url } = await releaseServer({ bytes: BYTES })
  const front = await httpServer((_request, response) => response.writeHead(302, { location: url.href }).end())
  expect((await (await fetching(front)).done).equals(BYTES)).toBe(true)
})

test('http_proxy is honoured, with its credentials', async () => {
  const { url } = await releaseServer({ bytes: BYTES })
  const proxy = await proxyServer()
  vi.stubEnv('http_proxy', proxy.url.href.replace('http://', 'http://node:s%20cret@'))
  expect((await (await fetching(url)).done).equals(BYTES)).toBe(true)
  const authorization = `Basic ${Buffer.from('node:s cret').toString('base64')}`
  expect(proxy.seen).toEqual([{ target: new URL('weights.pt', url).href, authorization }])
})

test('https_proxy is asked for a tunnel, and what it refuses is told', async () => {
  const proxy = await proxyServer(403)
  vi.stubEnv('https_proxy', proxy.url.href)
  await expect((await fetching(new URL('https://weights.example:8443/'))).done).rejects.toThrow(
    failure('PEER_UNREACHABLE', /proxy 127\.0\.0\.1:\d+ answered 403/),
  )
  expect(proxy.seen[0]?.target).toBe('weights.example:8443')
})

test('no certificate, no download, through a tunnel as without', async () => {
  const server = createServer({}, () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const proxy = await proxyServer()
  vi.stubEnv('https_proxy', proxy.url.href)
  try {
    const { done } = await fetching(new URL(`https://127.0.0.1:${port}/`))
    await expect(done).rejects.toThrow(failure('PEER_UNREACHABLE', /cannot be reached/))
  } finally {
    server.close()
  }
})
