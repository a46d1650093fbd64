import { type Command, Option } from 'commander'
import type { Config } from '../config/schema.ts'
import { releaseStudy, retryStudy } from '../db/retry-study.ts'
import type { Db } from '../db/schema.ts'
import { listStudies, type StudySummary, showStudy } from '../db/study-view.ts'
import { Failure } from '../failure.ts'
import { auditAction } from '../roles/console-audit.ts'
import { openStore } from '../roles/store.ts'
import { parseUid, type Uid } from '../study/identifiers.ts'
import { STUDY_STATES, type StudyState } from '../study/study-state.ts'
import { configOf } from './config-option.ts'
import { type Answer, answer, table } from './output.ts'
import { studyText } from './study-text.ts'

const time = (date: Date | null) => date?.toISOString().slice(0, 19).replace('T', ' ') ?? ''

function listText(studies: readonly StudySummary[]): string {
  if (studies.length === 0) return 'no studies'
  const rows = studies.map((study) => [
    study.studyInstanceUid,
    study.state,
    String(study.revision),
    String(study.instances),
    time(study.lastInstanceAt),
    String(study.deliveriesOwed),
    String(study.deliveriesUnconfirmed),
    String(study.deliveriesRefused),
    String(study.deliveriesHeld),
    study.reasonCode ?? study.unscored.map(({ modelId, code }) => `${modelId}: ${code}`).join(', '),
  ])
  const headings = [
    'Study Instance UID',
    'state',
    'revision',
    'instances',
    'last instance (UTC)',
    'owed',
    'unconfirmed',
    'refused',
    'held',
    'reason',
  ]
  return table(headings, rows)
}

async function list(db: Db, { state, limit }: { state: StudyState | undefined; limit: number }): Promise<Answer> {
  const studies = await listStudies(db, { state, limit })
  return { text: listText(studies), json: studies }
}

async function show(db: Db, uid: Uid): Promise<Answer> {
  const view = await showStudy(db, uid)
  if (!view) throw unknownStudy()
  return { text: studyText(view), json: view }
}

async function retry(db: Db, uid: Uid, config: Config): Promise<Answer> {
  const retried = await auditAction(config, { command: 'study retry', studyInstanceUid: uid }, async () => {
    const configured = config.destinations.map(({ name }) => name)
    const done = await retryStudy(db, uid, configured)
    if (!done) throw unknownStudy()
    return done
  })
  const waits = retried.pixels
    ? 'the study still receives instances'
    : 'its instances have left by age (retention.pixels)'
  const analysis = retried.analysis ? 'the analysis is due now' : waits
  const again = `${retried.deliveries} refused or held deliveries are owed again`
  return { text: `${analysis}; ${again}, ${retried.unconfirmed} unconfirmed are asked for`, json: retried }
}

async function release(db: Db, uid: Uid, config: Config): Promise<Answer> {
  const deliveries = await auditAction(config, { command: 'study release', studyInstanceUid: uid }, async () => {
    const done = await releaseStudy(db, uid)
    if (done === undefined) throw unknownStudy()
    return done
  })
  return { text: `${deliveries} held deliveries are owed and will be sent as they are`, json: { deliveries } }
}

const unknownStudy = () => new Failure('NOT_FOUND', 'no such study; `mcads study list` shows those that are known')

/** Opens the node's rows for one command, beside a running node or without one; wrong usage is told before. */
const withDb = <Asked>(
  command: Command,
  read: () => Asked,
  work: (db: Db, asked: Asked, config: Config) => Promise<Answer>,
) =>
  answer(command, async () => {
    const asked = read()
    const config = configOf(command)
    await using store = await openStore(config)
    return await work(store.db, asked, config)
  })

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new Failure('USAGE', '--limit is a whole number from 1')
}

export function addStudy(program: Command): void {
  const study = program.command('study').description('look at studies, or analyse one again')
  study
    .command('list')
    .description('the studies opened last')
    .addOption(new Option('--state <state>', 'only those in this state').choices([...STUDY_STATES]))
    .option('--limit <number>', 'how many', '50')
    .action(({ state, limit }: { state?: StudyState; limit: string }, command: Command) =>
      withDb(command, () => ({ state, limit: wholeNumber(limit) }), list),
    )
  study
    .command('show')
    .description('everything known of one study: instances, findings, results, deliveries')
    .argument('<uid>', 'Study Instance UID')
    .action((uid: string, _options, command: Command) => withDb(command, () => parseUid(uid), show))
  study
    .command('retry')
    .description('analyse a study again, offer again what was refused or held, ask again for what is unconfirmed')
    .argument('<uid>', 'Study Instance UID')
    .action((uid: string, _options, command: Command) => withDb(command, () => parseUid(uid), retry))
  study
    .command('release')
    .description('send what is held, although a destination has the study as another patient or order')
    .argument('<uid>', 'Study Instance UID')
    .action((uid: string, _options, command: Command) => withDb(command, () => parseUid(uid), release))
}
