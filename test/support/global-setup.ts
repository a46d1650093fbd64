import { once } from 'node:events'
import { createServer } from 'node:http'
import type { TestProject } from 'vitest/node'
import { Resources } from '../../src/lifecycle.ts'
import { startTestPostgres, type TestPostgres } from './test-postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers a GET with a TestPostgres in JSON. */
    testPostgresUrl: string
    /** Whether the program is tested as it is built, or its sources. */
    isBuilt: boolean
  }
}

/** One PostgreSQL for the whole run, started when the first test asks for it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const resources = new Resources()
  let started: Promise<TestPostgres> | undefined
  const door = createServer(async (_, response) => {
    started ??= startTestPostgres(resources)
    const answer = await started.catch((error: unknown) => ({ error: String(error) }))
    response.end(JSON.stringify(answer))
  }).listen(0, '127.0.0.1')
  await once(door, 'listening')
  const address = door.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  project.provide('testPostgresUrl', `http://127.0.0.1:${address.port}`)
  return async () => {
    door.close()
    door.closeAllConnections()
    await started?.catch(() => {})
    await resources[Symbol.asyncDispose]()
  }
}
