import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'

export type TestRedis = {
  readonly url: string
  /** Forgets everything, as FLUSHALL does. */
  flush(): Promise<void>
  kill(): Promise<void>
  /** Starts it again, empty, on the same port. */
  start(): Promise<void>
}

/** A redis-server of this test's own, in memory only; stopped when the test ends. */
export async function testRedis(): Promise<TestRedis> {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let server: ChildProcess | undefined
  const kill = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
  }
  const start = async () => {
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/tmp']
    server = spawn('redis-server', options, { stdio: 'ignore' })
    await command(url, 'ping')
  }
  onTestFinished(kill)
  await start()
  return { url, start, kill, flush: () => command(url, 'flushall') }
}

async function command(url: string, name: 'ping' | 'flushall'): Promise<void> {
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: 200 })
  client.on('error', () => {})
  await client.call(name)
  client.disconnect()
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
