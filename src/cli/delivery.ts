import type { Command } from 'commander'
import type { Config } from '../config/schema.ts'
import type { Db } from '../db/schema.ts'
import { findStranded, giveUpDeliveries, type Stranded } from '../db/stranded.ts'
import { Failure } from '../failure.ts'
import { auditStudies } from '../roles/console-audit.ts'
import { openStore } from '../roles/store.ts'
import { configOf } from './config-option.ts'
import { type Answer, answer, table } from './output.ts'

const namesOf = ({ destinations }: Config) => destinations.map(({ name }) => name)

function strandedText(found: readonly Stranded[]): string {
  if (found.length === 0) return 'nothing is owed to a destination that is not configured'
  const rows = found.map(({ destination, deliveries, studies, since }) => [
    ...[destination, String(deliveries), String(studies)],
    since.toISOString().slice(0, 10),
  ])
  return table(['destination', 'results', 'studies', 'since (UTC)'], rows)
}

async function stranded(db: Db, config: Config): Promise<Answer> {
  const found = await findStranded(db, namesOf(config))
  return { text: strandedText(found), json: found }
}

type Options = { reason: string; dryRun: boolean }

async function giveUp(db: Db, config: Config, destination: string, { reason, dryRun }: Options): Promise<Answer> {
  if (namesOf(config).includes(destination))
    throw new Failure(
      'USAGE',
      `${destination} is configured: results still go there; take it out of destinations first`,
    )
  const words = reason.trim()
  if (words === '') throw new Failure('USAGE', '--reason is to say why')
  const found = (await findStranded(db, namesOf(config))).filter((each) => each.destination === destination)
  if (dryRun) return { text: strandedText(found), json: { dryRun, found } }
  const action = { command: 'delivery give-up', subject: `${destination}: ${words}` }
  const studies = await auditStudies(config, action, () => giveUpDeliveries(db, destination, words))
  const deliveries = studies.reduce((sum, each) => sum + each.deliveries, 0)
  const left = found.reduce((sum, each) => sum + each.deliveries, 0) - deliveries
  const rest = left > 0 ? `; ${left} are being sent at this moment` : ''
  const text = `${deliveries} results of ${studies.length} studies are given up at ${destination}${rest}`
  return { text, json: { dryRun, destination, deliveries, studies } }
}

const withDb = (command: Command, work: (db: Db, config: Config) => Promise<Answer>) =>
  answer(command, async () => {
    const config = configOf(command)
    await using store = await openStore(config)
    return await work(store.db, config)
  })

export function addDelivery(program: Command): void {
  const delivery = program
    .command('delivery')
    .description('what is owed to destinations that are not configured any more')
  delivery
    .command('stranded')
    .description('list it, by destination')
    .action((_options, command: Command) => withDb(command, stranded))
  delivery
    .command('give-up')
    .description('send it no more and ask for it no more, so that its studies may leave by age')
    .argument('<destination>', 'the name it had')
    .requiredOption('--reason <words>', 'why; kept with each result and in the audit trail')
    .option('--dry-run', 'only tell what would be given up', false)
    .action((destination: string, options: Options, command: Command) =>
      withDb(command, (db, config) => giveUp(db, config, destination, options)),
    )
}
