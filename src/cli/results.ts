import { type Command, Option } from 'commander'
import type { Config } from '../config/schema.ts'
import { findRecallable, type Recall, type Recallable, recallResults } from '../db/recall.ts'
import type { Db } from '../db/schema.ts'
import { Failure } from '../failure.ts'
import { readManifest } from '../inference/installed-models.ts'
import { auditAction } from '../roles/console-audit.ts'
import { modelRules, modelsFolder } from '../roles/model-settings.ts'
import { openStore } from '../roles/store.ts'
import { REJECTION_REASONS, type RejectionReason } from '../study/rejection.ts'
import { configOf } from './config-option.ts'
import { type Answer, answer, table } from './output.ts'

type Options = {
  model: string
  version: string
  from?: string
  to?: string
  title: RejectionReason
  reanalyse: boolean
  dryRun: boolean
}

/** ISO 8601; a date alone is its first moment, UTC. */
function momentOf(text: string, option: string): Date {
  const moment = /^\d{4}-\d{2}-\d{2}/.test(text) ? new Date(text) : new Date(Number.NaN)
  if (!Number.isNaN(moment.getTime())) return moment
  throw new Failure('USAGE', `${option} is a time such as 2026-01-31 or 2026-01-31T18:00:00+01:00`)
}

function recallOf({ model: modelId, version: modelVersion, from, to }: Options): Recall {
  const recall = {
    ...{ modelId, modelVersion },
    from: from === undefined ? new Date(0) : momentOf(from, '--from'),
    until: to === undefined ? new Date() : momentOf(to, '--to'),
  }
  if (recall.from < recall.until) return recall
  throw new Failure('USAGE', '--from is to be before --to')
}

function listText(found: readonly Recallable[]): string {
  const rows = found.map((each) => [
    ...[each.studyInstanceUid, each.destination],
    ...[String(each.held), String(each.waiting)],
  ])
  return table(['Study Instance UID', 'destination', 'has or may have', 'waiting'], rows)
}

const sum = (found: readonly Recallable[], key: 'held' | 'waiting') => found.reduce((all, each) => all + each[key], 0)

async function isInUse(config: Config, { modelId, modelVersion }: Recall): Promise<boolean> {
  if (!modelRules(config).some(({ models }) => models.includes(modelId))) return false
  return (await readManifest(modelsFolder(config), modelId))?.version === modelVersion
}

async function recall(db: Db, config: Config, asked: Recall, options: Options): Promise<Answer> {
  const { title, reanalyse, dryRun } = options
  if (reanalyse && (await isInUse(config, asked)))
    throw new Failure('USAGE', `${asked.modelId} ${asked.modelVersion} is still in use: configure another model first`)
  const found = await findRecallable(db, asked)
  const studies = new Set(found.map(({ studyInstanceUid }) => studyInstanceUid)).size
  const facts = { ...asked, title, studies, held: sum(found, 'held'), waiting: sum(found, 'waiting'), found }
  if (dryRun) {
    const words = `would recall: ${facts.held} held by destinations, ${facts.waiting} waiting, of ${studies} studies`
    return { text: found.length > 0 ? `${listText(found)}\n${words}` : words, json: { dryRun, ...facts } }
  }
  const subject = `${asked.modelId} ${asked.modelVersion}`
  const recalled = await auditAction(config, { command: 'results recall', subject }, () =>
    recallResults(db, { ...asked, title, reanalyse }),
  )
  const text = [
    ...(found.length > 0 ? [listText(found)] : []),
    recalled.recallId === null
      ? 'nothing to recall'
      : `recalled ${recalled.results} results: a running node sends the rejection notes; ${facts.waiting} are withdrawn`,
    ...(recalled.reanalysed > 0 ? [`${recalled.reanalysed} studies are due for analysis`] : []),
  ]
  return { text: text.join('\n'), json: { dryRun, ...facts, ...recalled } }
}

export function addResults(program: Command): void {
  program
    .command('results')
    .description('take back what was sent')
    .command('recall')
    .description('reject, wherever it was sent, what a model made')
    .requiredOption('--model <id>', 'the model')
    .requiredOption('--version <version>', 'its version')
    .option('--from <time>', 'only of analyses that ended from then on')
    .option('--to <time>', 'and before then; now when not given')
    .addOption(
      new Option('--title <reason>', "the rejection notes' title")
        .choices([...REJECTION_REASONS])
        .default('patient-safety'),
    )
    .option('--reanalyse', 'analyse the studies again, with the model now in use', false)
    .option('--dry-run', 'only tell what would be recalled', false)
    .action((options: Options, command: Command) =>
      answer(command, async () => {
        const asked = recallOf(options)
        const config = configOf(command)
        await using store = await openStore(config)
        return await recall(store.db, config, asked, options)
      }),
    )
}
