import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import type { Db } from '../../src/db/schema.ts'
import { Failure } from '../../src/failure.ts'
import { testDatabase } from '../support/database.ts'
import { freePort } from '../support/dcmtk.ts'
import { configFile, mcads } from '../support/mcads.ts'
import { temporaryFolder } from '../support/needs.ts'
import { untilStudies } from '../support/node.ts'
import { startProcess } from '../support/node-process.ts'
import { openPacs } from '../support/pacs.ts'
import { dxFile, push, radiographFile } from '../support/push.ts'

const PATIENT = {
  PatientName: 'QUISTREBERT^ZEPHYRINE',
  PatientID: 'PID-8675309X',
  PatientBirthDate: '19331107',
  AccessionNumber: 'ACC-424242Q',
  ReferringPhysicianName: 'OGDOUREL^MAXENCE',
  StudyDate: '20140817',
  StudyDescription: 'CHEST OF MRS QUISTREBERT',
  PatientComments: 'KNOWN TO DR OGDOUREL',
}
const SECRETS = /quistrebert|zephyrine|8675309|19331107|424242Q|ogdourel|20140817/i

/** Every row of every table, the job queue's too, as text. */
async function dump(db: Db): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`select format('%I.%I', schemaname, tablename) as name
    from pg_tables where schemaname in ('public', 'bullmq')`.execute(db)
  const dumped = tables.map(({ name }) =>
    sql<{ line: string }>`select t::text as line from ${sql.raw(name)} t`.execute(db),
  )
  return (await Promise.all(dumped)).flatMap(({ rows }) => rows.map(({ line }) => line)).join('\n')
}

/** What the rows said at any time until `done`. */
async function dumpUntil(db: Db, done: Promise<unknown>): Promise<string> {
  const dumps = new Set<string>()
  let over = false
  const end = () => {
    over = true
  }
  done.then(end, end)
  while (!over) {
    dumps.add(await dump(db))
    await sleep(100)
  }
  return [...dumps].join('\n')
}

async function notes(directory: string): Promise<string> {
  const folder = join(directory, 'quarantine')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('\n')
}

test('of a whole journey, the failures on its way included, no patient data is in logs, metrics, rows, jobs or notes', async () => {
  const pacs = await openPacs({
    onStore(_, before) {
      if (before === 0) throw new Failure('DATA_SET_UNREADABLE', 'refused')
    },
  })
  const { url, db } = await testDatabase()
  const [dicomPort, httpPort, directory] = [await freePort(), await freePort(), join(await temporaryFolder(), 'state')]
  const config = await configFile({
    storage: { directory, minimumFree: '10MB' },
    dicom: { host: '127.0.0.1', port: dicomPort, peers: [{ aeTitle: 'TESTER', host: '127.0.0.1' }] },
    destinations: [{ ...pacs.destination, host: '127.0.0.1' }],
    completion: { quiet: '1s' },
    database: { url },
    model: { allowDemonstration: true },
    http: { port: httpPort },
    log: { level: 'debug' },
  })
  const node = startProcess('serve', '--config', config)
  await node.untilSays('node started')

  const radiograph = await radiographFile(PATIENT)
  expect(await readFile(radiograph, 'latin1')).toMatch(SECRETS)
  const sent = push(
    dicomPort,
    radiograph,
    await radiographFile({ ...PATIENT, PatientComments: 'OTHER CONTENT' }),
    await dxFile({ ...PATIENT, StudyInstanceUID: '1.2.4', SOPInstanceUID: '1.2.4.1', BodyPartExamined: 'OGDOUREL' }),
    await dxFile({
      ...PATIENT,
      StudyInstanceUID: '1.2.5',
      SOPInstanceUID: '1.2.5.1',
      PhotometricInterpretation: 'MONOCHROME1',
      BitsStored: 99,
    }),
  )
  const settled = untilStudies(db, 3, { withinMs: 60_000 })
  const rows = await dumpUntil(db, settled)
  expect(await sent).toEqual(['0000H', 'C000H', '0000H', '0000H'])
  expect((await settled).map(({ study }) => study.state)).toEqual(['failed', 'declined', 'analysed'])
  const metrics = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text()
  node.kill('SIGTERM')
  await node.ended

  /** Where it was looked for, what is there, and what is there in any case. */
  const said = [
    ['log', node.output(), 'results delivered'],
    ['metrics', metrics, 'mcads_studies_analysed_total 1'],
    ['rows', rows, 'analyse-study'],
    ['notes', await notes(directory), 'CONTENT_CONFLICT'],
    ['study list', (await mcads('study', 'list', '--config', config)).stdout, '1.2.5'],
    ['study show', (await mcads('study', 'show', '1.2.3', '--config', config)).stdout, 'C000H'],
  ] as const
  for (const [where, text, words] of said) {
    expect(text).toContain(words)
    expect({ where, secret: SECRETS.exec(text)?.[0] }).toEqual({ where, secret: undefined })
  }
  expect([...pacs.taken.values()].flat().length).toBeGreaterThan(0)
}, 120_000)
