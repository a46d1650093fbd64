import type { Command } from 'commander'
import type { Config } from '../config/schema.ts'
import { Failure } from '../failure.ts'
import { openFolders } from '../files/folders.ts'
import { openQuarantine, type Quarantine, type Quarantined } from '../files/open-quarantine.ts'
import { storageFailure } from '../files/storage-failure.ts'
import { auditAction } from '../roles/console-audit.ts'
import { configOf } from './config-option.ts'
import { type Answer, answer, table } from './output.ts'

const SHORT = 12

const time = (date: Date) => date.toISOString().slice(0, 19).replace('T', ' ')

const listRow = (each: Quarantined) => [
  each.name.slice(0, SHORT),
  each.code,
  time(each.quarantinedAt),
  String(each.times),
  each.callingAeTitle,
  `${(each.bytes / 1e6).toFixed(1)} MB`,
  each.sopInstanceUid,
]

async function list(quarantine: Quarantine): Promise<Answer> {
  const all = await quarantine.list()
  const headings = ['name', 'reason', 'last came (UTC)', 'times', 'calling AE', 'size', 'SOP Instance UID']
  return { text: all.length > 0 ? table(headings, all.map(listRow)) : 'nothing is in quarantine', json: all }
}

async function show(quarantine: Quarantine, name: string): Promise<Answer> {
  const { quarantinedAt, ...rest } = await quarantine.find(name)
  const facts = { ...rest, quarantinedAt: time(quarantinedAt) }
  const lines = Object.entries(facts).map(([key, value]) => `${key.padEnd(18)} ${value}`)
  return { text: lines.join('\n'), json: facts }
}

async function release(quarantine: Quarantine, name: string, config: Config): Promise<Answer> {
  const found = await quarantine.find(name)
  await auditAction(config, { command: 'quarantine release', subject: found.name }, () => quarantine.release(found))
  return { text: 'released: a running receiver takes it up within seconds', json: { released: found.name } }
}

async function remove(quarantine: Quarantine, names: string[], all: boolean, config: Config): Promise<Answer> {
  if (all === names.length > 0) throw new Failure('USAGE', 'either names, or --all')
  const found = all ? await quarantine.list() : await Promise.all(names.map((name) => quarantine.find(name)))
  await auditAction(config, { command: 'quarantine remove' }, async () => {
    for (const each of found) await quarantine.remove(each)
  })
  return { text: `${found.length} removed`, json: { removed: found.map(({ name }) => name) } }
}

const folders = ({ storage }: Config) =>
  openFolders(storage.directory).catch((error: unknown) => {
    throw storageFailure(error)
  })

/** Opens the quarantine of the configured storage for one command, beside a running node or without one. */
const withQuarantine = (command: Command, work: (quarantine: Quarantine, config: Config) => Promise<Answer>) =>
  answer(command, async () => {
    const config = configOf(command)
    return work(openQuarantine(await folders(config)), config)
  })

export function addQuarantine(program: Command): void {
  const quarantine = program
    .command('quarantine')
    .description('what was kept apart: not understood, not what its command said, or of a UID held with other content')
  quarantine
    .command('list')
    .description('what is in quarantine and why, the newest first')
    .action((_options, command: Command) => withQuarantine(command, list))
  quarantine
    .command('show')
    .description('what is known of one file, and where it is')
    .argument('<name>', 'its name, or an unmistakable beginning of it')
    .action((name: string, _options, command: Command) => withQuarantine(command, (shelf) => show(shelf, name)))
  quarantine
    .command('release')
    .description('check it again, and take it in if it can be understood')
    .argument('<name>', 'its name, or an unmistakable beginning of it')
    .action((name: string, _options, command: Command) =>
      withQuarantine(command, (shelf, config) => release(shelf, name, config)),
    )
  quarantine
    .command('remove')
    .description('remove it for good')
    .argument('[names...]', 'their names, or unmistakable beginnings of them')
    .option('--all', 'everything', false)
    .action((names: string[], { all }: { all: boolean }, command: Command) =>
      withQuarantine(command, (shelf, config) => remove(shelf, names, all, config)),
    )
}
