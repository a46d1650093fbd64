import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseHeader } from '../../src/dicom/header.ts'
import { bearerToken } from '../../src/dicomweb/authorization.ts'
import type { OriginServer } from '../../src/dicomweb/origin-server.ts'
import { searchInstances } from '../../src/dicomweb/search-instances.ts'
import { storeByWeb, type WebOutcome } from '../../src/dicomweb/store-instances.ts'
import { Failure } from '../../src/failure.ts'
import { Authority, type Issued } from '../support/certificates.ts'
import { freePort } from '../support/dcmtk.ts'
import { describeWith, temporaryFolder } from '../support/needs.ts'
import { dxFile } from '../support/push.ts'
import { newUid } from '../support/rows.ts'
import { answerJson, partsOf, startWebServer, stored, type WebCall } from '../support/web-server.ts'

async function instances(count: number) {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const sopInstanceUid = newUid()
      return { sopInstanceUid, path: await dxFile({ SOPInstanceUID: sopInstanceUid }) }
    }),
  )
}

type Instances = Awaited<ReturnType<typeof instances>>
const uidsOf = (call: WebCall) => partsOf(call).map((part) => parseHeader(part).string('SOPInstanceUID') ?? '')
const wordOf = (outcome: WebOutcome) =>
  outcome instanceof Failure ? outcome.code : outcome.status.toString(16).toUpperCase().padStart(4, '0')

async function outcomes(server: Partial<OriginServer> & { url: URL }, given: Instances, atOnce = 10) {
  const all: WebOutcome[] = []
  await storeByWeb({ timeoutMs: 1000, ...server }, given, { atOnce, onResult: (_, outcome) => void all.push(outcome) })
  return all
}
const words = async (...given: Parameters<typeof outcomes>) => (await outcomes(...given)).map(wordOf)
const failureOf = async (server: Parameters<typeof outcomes>[0]) => {
  const [outcome] = await outcomes(server, await instances(1))
  if (outcome instanceof Failure) return outcome
  throw new Error('it was stored')
}

test('a request holds the files byte for byte, with their length told before, and says that they are DICOM', async () => {
  const given = await instances(3)
  const server = await startWebServer((call, response) => answerJson(response, 200, stored({ taken: uidsOf(call) })))
  expect(await words(server, given)).toEqual(['0000', '0000', '0000'])
  const [call] = server.calls
  if (!call) throw new Error('not called')
  expect(call).toMatchObject({ method: 'POST', path: '/dicom-web/studies' })
  expect(call.headers['content-type']).toMatch(/^multipart\/related; type="application\/dicom"; boundary=/)
  expect(call.headers.accept).toBe('application/dicom+json')
  expect(Number(call.headers['content-length'])).toBe(call.body.length)
  expect(partsOf(call)).toEqual(await Promise.all(given.map(({ path }) => readFile(path))))
})

test('of a 409 or 202 each instance has its own outcome: stored, warning, failure reason; what is not named is not known', async () => {
  for (const status of [202, 409]) {
    const server = await startWebServer((call, response) => {
      const [first = '', second = '', third = '', fourth = ''] = uidsOf(call)
      const reasons: [string, number][] = [
        [third, 0xa700],
        [fourth, 0xc122],
      ]
      answerJson(response, status, stored({ taken: [first], warned: [[second, 0xb000]], failed: reasons }))
    })
    expect(await words(server, await instances(5))).toEqual(['0000', 'B000', 'A700', 'C122', 'PEER_NOT_UNDERSTOOD'])
    expect(server.calls).toHaveLength(1)
  }
})

test('a request refused whole for its content is repeated one by one, so that one instance spoils no other', async () => {
  for (const status of [400, 409, 413, 500]) {
    const given = await instances(3)
    const bad = given[1]?.sopInstanceUid ?? ''
    const server = await startWebServer((call, response) => {
      const uids = uidsOf(call)
      if (uids.includes(bad)) response.writeHead(status).end('<html>no</html>')
      else answerJson(response, 200, stored({ taken: uids }))
    })
    const expected = status === 500 ? 'HTTP_FAILURE' : 'HTTP_REFUSED'
    expect(await words(server, given)).toEqual(['0000', expected, '0000'])
    expect(server.calls).toHaveLength(4)
  }
})

test('503 is tried again after what Retry-After asks for, in seconds or by date; the other batches are not offered', async () => {
  const server = await startWebServer((_, response, before) =>
    response
      .writeHead(503, { 'retry-after': before === 0 ? '120' : new Date(Date.now() + 60_000).toUTCString() })
      .end(),
  )
  const [first, second, third] = await outcomes(server, await instances(3), 1)
  expect(first).toMatchObject({ code: 'HTTP_FAILURE', retry: 'transient', retryAfterMs: 120_000 })
  expect([second, third]).toEqual([first, first])
  expect(server.calls).toHaveLength(1)
  const { retryAfterMs } = await failureOf(server)
  expect(retryAfterMs).toBeGreaterThan(50_000)
  expect(retryAfterMs).toBeLessThanOrEqual(60_000)
})

test('401 and 403 are refused for good, 429 and 5xx are tried again, a redirect is not followed', async () => {
  const told: Record<number, string> = {}
  for (const status of [301, 308, 401, 403, 404, 429, 502, 507]) {
    const server = await startWebServer((_, response) =>
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('secret words'),
    )
    const failure = await failureOf(server)
    expect(failure.message).not.toContain('secret')
    expect(server.calls).toHaveLength(1)
    told[status] = `${failure.code} ${failure.retry}`
  }
  expect(told).toEqual({
    301: 'HTTP_REFUSED permanent',
    308: 'HTTP_REFUSED permanent',
    401: 'HTTP_UNAUTHORIZED permanent',
    403: 'HTTP_UNAUTHORIZED permanent',
    404: 'HTTP_REFUSED permanent',
    429: 'HTTP_FAILURE transient',
    502: 'HTTP_FAILURE transient',
    507: 'HTTP_FAILURE transient',
  })
})

test('200 with nothing in it means all; with a page of a gateway it means nothing', async () => {
  const empty = await startWebServer((_, response) => response.writeHead(200).end())
  expect(await words(empty, await instances(2))).toEqual(['0000', '0000'])
  const page = await startWebServer((_, response) => response.writeHead(200).end('<html>Please log in</html>'))
  expect(await failureOf(page)).toMatchObject({ code: 'PEER_NOT_UNDERSTOOD', retry: 'ambiguous' })
})

test('a server that never answers, drips, answers without end, cuts the connection or is not there ends in time', async () => {
  const silent = await startWebServer(() => {})
  expect(await failureOf({ ...silent, timeoutMs: 200 })).toMatchObject({ code: 'PEER_SILENT', retry: 'ambiguous' })
  const dripping = await startWebServer((_, response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write(' '), 50)
    response.once('close', () => clearInterval(timer))
  })
  expect(await failureOf({ ...dripping, timeoutMs: 300 })).toMatchObject({ code: 'PEER_SILENT' })
  const endless = await startWebServer((_, response) => {
    response.writeHead(200)
    for (let count = 0; count < 100; count++) response.write(Buffer.alloc(100_000, ' '))
  })
  expect(await failureOf(endless)).toMatchObject({ code: 'PEER_NOT_UNDERSTOOD' })
  const cutting = await startWebServer((_, response) => response.socket?.destroy())
  expect(await failureOf(cutting)).toMatchObject({ code: 'PEER_SILENT' })
  const gone = new URL(`http://127.0.0.1:${await freePort()}`)
  expect(await failureOf({ url: gone })).toMatchObject({ code: 'PEER_UNREACHABLE', retry: 'transient' })
})

test('a refusal comes before the body is sent, and is heard', async () => {
  const server = await startWebServer(() => {})
  server.server.on('checkContinue', (_, response) => response.writeHead(403, { connection: 'close' }).end())
  const big = { sopInstanceUid: newUid(), path: join(await temporaryFolder(), 'big') }
  await writeFile(big.path, Buffer.alloc(30_000_000))
  expect(await words(server, [big])).toEqual(['HTTP_UNAUTHORIZED'])
})

test('a token is read from its file for every request, so that a new one needs no restart; without one nothing is sent', async () => {
  const file = join(await temporaryFolder(), 'token')
  await writeFile(file, 'first\n')
  const server = await startWebServer((call, response) => answerJson(response, 200, stored({ taken: uidsOf(call) })))
  const origin = { ...server, authorization: bearerToken(file) }
  await outcomes(origin, await instances(1))
  await writeFile(file, 'second')
  await outcomes(origin, await instances(1))
  expect(server.calls.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second'])
  await writeFile(file, 'two\nlines')
  const failure = await failureOf(origin)
  expect(failure.code).toBe('FILE_UNREADABLE')
  expect(failure.message).not.toContain('two')
  expect(server.calls).toHaveLength(2)
})

test('a result whose file is gone is told as that, and the server hears nothing of it', async () => {
  const server = await startWebServer(() => {})
  const [there] = await instances(1)
  expect(await words(server, [{ sopInstanceUid: newUid(), path: `${there?.path}.gone` }])).toEqual(['FILE_UNREADABLE'])
  expect(server.calls).toHaveLength(0)
})

test('QIDO-RS: a list is what is held, 204 and 404 are nothing, anything else is a failure', async () => {
  const uid = newUid()
  const answers: [number, unknown][] = [
    [200, [{ '00080018': { vr: 'UI', Value: [uid] } }]],
    [204, undefined],
    [404, {}],
    [500, {}],
    [200, 'words'],
  ]
  const server = await startWebServer((_, response, before) => {
    const [status, value] = answers[before] ?? [500, {}]
    if (value === undefined) response.writeHead(status).end()
    else answerJson(response, status, value)
  })
  const search = () => searchInstances({ ...server, timeoutMs: 1000 }, '1.2.3', '1.2.3.4')
  expect(await search()).toEqual(new Set([uid]))
  expect(await search()).toEqual(new Set())
  expect(await search()).toEqual(new Set())
  await expect(search()).rejects.toMatchObject({ code: 'HTTP_FAILURE' })
  await expect(search()).rejects.toMatchObject({ code: 'PEER_NOT_UNDERSTOOD' })
  expect(server.calls[0]?.path).toBe('/dicom-web/studies/1.2.3/series/1.2.3.4/instances?limit=1000')
})

const pemOf = async ({ certificate, key }: Issued) => ({ cert: await readFile(certificate), key: await readFile(key) })

describeWith(['openssl'], 'DICOMweb over TLS', () => {
  test('both sides show a certificate of an authority that the other trusts', async () => {
    const authority = await Authority.open()
    const ca = await readFile(authority.ca)
    const [server, client] = [
      await authority.issue({ commonName: 'pacs' }),
      await authority.issue({ commonName: 'node' }),
    ]
    const mutual = { ...(await pemOf(server)), ca, requestCert: true, rejectUnauthorized: true }
    const web = await startWebServer(
      (call, response) => answerJson(response, 200, stored({ taken: uidsOf(call) })),
      mutual,
    )
    const own = { ca, ...(await pemOf(client)) }
    expect(await words({ ...web, tls: () => own }, await instances(2))).toEqual(['0000', '0000'])
    const { code, message } = await failureOf({ ...web, tls: () => ({ ca }) })
    // TLS 1.3: the alert may be lost with the connection.
    expect(['TLS_FAILED', 'PEER_SILENT']).toContain(code)
    expect(message).toMatch(/certificate/i)
    expect((await failureOf(web)).code).toBe('TLS_FAILED')
    expect(web.calls).toHaveLength(1)
  })

  test('a server whose certificate is of another name or unknown authority gets nothing', async () => {
    const [authority, other] = [await Authority.open(), await Authority.open()]
    const ca = await readFile(authority.ca)
    const wrongName = await authority.issue({ commonName: 'pacs', names: ['DNS:pacs.example'] })
    const unknown = await other.issue({ commonName: 'pacs' })
    for (const issued of [wrongName, unknown]) {
      const web = await startWebServer(() => {}, await pemOf(issued))
      const failure = await failureOf({ ...web, tls: () => ({ ca }) })
      expect(failure).toMatchObject({ code: 'TLS_FAILED', retry: 'transient' })
      expect(web.calls).toHaveLength(0)
    }
  })

  test('a plain port is told as no TLS', async () => {
    const plain = await startWebServer(() => {})
    const url = new URL(`https://127.0.0.1:${plain.port}/`)
    expect((await failureOf({ url })).code).toBe('TLS_FAILED')
  })
})
