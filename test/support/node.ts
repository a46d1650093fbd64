import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { readConfig } from '../../src/config/read-config.ts'
import type { Config } from '../../src/config/schema.ts'
import type { Db } from '../../src/db/schema.ts'
import { listStudies, type StudyView, showStudy } from '../../src/db/study-view.ts'
import { type Node, type Overrides, ROLES, type Role, startNode } from '../../src/roles/node.ts'
import { testDatabase } from './database.ts'
import { temporaryFolder } from './needs.ts'

type TestDestination =
  | { name: string; aeTitle: string; port: number; [key: string]: unknown }
  | { name: string; type: string; [key: string]: unknown }

type Options = {
  destinations?: TestDestination[]
  redisUrl?: string
  environment?: Record<string, string>
}

/** What a test node is configured with, as environment variables: ephemeral ports, short waits, any local peer. */
export function nodeEnvironment(directory: string, databaseUrl: string, { destinations = [], ...more }: Options = {}) {
  const peers = ['STORESCU', 'TESTER', 'ORTHANC'].map((aeTitle) => ({ aeTitle, host: '127.0.0.1' }))
  return {
    MCADS_STORAGE__DIRECTORY: directory,
    MCADS_STORAGE__MINIMUM_FREE: '10MB',
    MCADS_DICOM__HOST: '127.0.0.1',
    MCADS_DICOM__PORT: '0',
    MCADS_DICOM__PEERS: JSON.stringify(peers),
    MCADS_DICOM__ACCEPT_DEFLATED: 'true',
    MCADS_DICOM__ACCEPT_BIG_ENDIAN: 'true',
    MCADS_DESTINATIONS: JSON.stringify(
      destinations.map((each) => ('type' in each ? each : { host: '127.0.0.1', confirm: 'none', ...each })),
    ),
    MCADS_COMPLETION__QUIET: '500ms',
    MCADS_DELIVERY__TIMEOUT: '3s',
    MCADS_DELIVERY__FIRST_RETRY: '1s',
    MCADS_DELIVERY__LONGEST_RETRY: '2s',
    MCADS_ANALYSIS__CHILDREN: '1',
    MCADS_ANALYSIS__TIMEOUT: '8s',
    MCADS_MODEL__ALLOW_DEMONSTRATION: 'true',
    MCADS_DATABASE__URL: databaseUrl,
    ...(more.redisUrl && { MCADS_REDIS__URL: more.redisUrl }),
    MCADS_HTTP__PORT: '0',
    MCADS_LOG__LEVEL: 'error',
    ...more.environment,
  }
}

export type TestNode = { node: Node; config: Config; db: Db; databaseUrl: string; directory: string; dicomPort: number }

/** A node in this process on a database and a folder of its own; stopped when the test ends. */
export async function startTestNode(
  options: Options & { roles?: readonly Role[]; overrides?: Overrides } = {},
): Promise<TestNode> {
  const { url: databaseUrl, db } = await testDatabase()
  const directory = join(await temporaryFolder(), 'state')
  const config = readConfig(undefined, nodeEnvironment(directory, databaseUrl, options))
  const node = await startNode(config, options.roles ?? ROLES, options.overrides)
  onTestFinished(() => node[Symbol.asyncDispose]())
  return { node, config, db, databaseUrl, directory, dicomPort: node.dicomPort ?? 0 }
}

const isSettled = ({ study, deliveries }: StudyView) =>
  ['analysed', 'declined', 'failed'].includes(study.state) && deliveries.every(({ state }) => state !== 'owed')

/** Every study once `count` of them are known and `done`; fails with where they stand after `withinMs`. */
export async function untilStudies(
  db: Db,
  count: number,
  { done = isSettled, withinMs = 45_000 }: { done?: (view: StudyView) => boolean; withinMs?: number } = {},
): Promise<StudyView[]> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const studies = await listStudies(db, { limit: 1000 })
    const found = await Promise.all(studies.map(({ studyInstanceUid }) => showStudy(db, studyInstanceUid)))
    const views = found.filter((view) => view !== undefined)
    if (views.length >= count && views.every(done)) return views
    if (Date.now() > deadline) {
      const where = views.map(
        ({ study, deliveries }) =>
          `${study.state} ${study.reasonCode ?? ''} ${deliveries.map((d) => `${d.state} ${d.reasonCode ?? ''}`)}`,
      )
      throw new Error(`not done within ${withinMs} ms: ${views.length} studies: ${where.join('; ')}`)
    }
    await sleep(100)
  }
}
