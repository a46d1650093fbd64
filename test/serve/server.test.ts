import { expect, onTestFinished, test } from 'vitest'
import { openServer } from '../../src/serve/server.ts'

async function serve(checks: Parameters<typeof openServer>[0]['checks']) {
  const server = await openServer({
    host: '127.0.0.1',
    port: 0,
    checks,
    metrics: async () => 'mcads_example 1\n',
    metricsType: 'text/plain; version=0.0.4',
  })
  onTestFinished(() => server[Symbol.asyncDispose]())
  return (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`)
}

test('/livez answers as long as the process does, whatever else is broken', async () => {
  const get = await serve({ database: () => Promise.reject(new Error('down')) })
  const response = await get('/livez')
  expect(response.status).toBe(200)
})

test('/readyz is 200 when every check passes', async () => {
  const get = await serve({ database: async () => undefined, disk: async () => '12 GB free' })
  const response = await get('/readyz')
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({
    ready: true,
    checks: { database: { ok: true }, disk: { ok: true, words: '12 GB free' } },
  })
})

test('/readyz is 503 and names what does not work', async () => {
  const get = await serve({ database: async () => undefined, queue: () => Promise.reject(new Error('refused')) })
  const response = await get('/readyz')
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ ready: false, checks: { queue: { ok: false, words: 'refused' } } })
})

test('/metrics is Prometheus text', async () => {
  const get = await serve({})
  const response = await get('/metrics')
  expect(response.headers.get('content-type')).toContain('text/plain')
  expect(await response.text()).toBe('mcads_example 1\n')
})

test('a port in use is told as PORT_UNAVAILABLE', async () => {
  const first = await openServer({
    host: '127.0.0.1',
    port: 0,
    checks: {},
    metrics: async () => '',
    metricsType: 'text/plain',
  })
  onTestFinished(() => first[Symbol.asyncDispose]())
  const second = openServer({
    host: '127.0.0.1',
    port: first.port,
    checks: {},
    metrics: async () => '',
    metricsType: 'text/plain',
  })
  await expect(second).rejects.toMatchObject({ code: 'PORT_UNAVAILABLE' })
})
