import type { Command } from 'commander'
import { listTrail } from '../audit/list-trail.ts'
import type { MessageFacts } from '../audit/message-facts.ts'
import { verifyTrail } from '../audit/verify-trail.ts'
import type { Config } from '../config/schema.ts'
import { type AuditFileState, findAuditFiles } from '../db/audit-file.ts'
import { Failure } from '../failure.ts'
import { auditReading } from '../roles/console-audit.ts'
import { auditDirectory } from '../roles/node-audit.ts'
import { openStore } from '../roles/store.ts'
import { parseUid } from '../study/identifiers.ts'
import { configOf } from './config-option.ts'
import { type Answer, answer, table } from './output.ts'

type ListOptions = { limit: string; study?: string }

const OUTCOMES: Readonly<Record<number, string>> = { 0: '', 4: 'minor failure', 8: 'failure', 12: 'major failure' }

const row = ({ at, event, type, outcome, requestor, studyInstanceUid, words }: MessageFacts) => [
  at.slice(0, 19).replace('T', ' '),
  [event, type].filter(Boolean).join(': '),
  OUTCOMES[outcome] ?? String(outcome),
  requestor ?? '',
  [studyInstanceUid, words].filter(Boolean).join(' '),
]

async function list(config: Config, { limit, study }: ListOptions): Promise<Answer> {
  if (!/^[1-9]\d{0,5}$/.test(limit)) throw new Failure('USAGE', '--limit is a whole number from 1')
  const studyInstanceUid = study === undefined ? undefined : parseUid(study)
  const messages = await listTrail(auditDirectory(config), { limit: Number(limit), studyInstanceUid })
  await auditReading(config)
  if (messages.length === 0) return { text: 'no audit messages', json: messages }
  return { text: table(['time (UTC)', 'event', 'outcome', 'by', 'about'], messages.map(row)), json: messages }
}

/** What the database knows of the trail; undefined when it does not answer. */
async function recordedFiles(config: Config): Promise<AuditFileState[] | undefined> {
  try {
    await using store = await openStore(config, { migrating: false })
    return await findAuditFiles(store.db)
  } catch {
    return undefined
  }
}

async function verify(config: Config): Promise<Answer> {
  const recorded = await recordedFiles(config)
  const files = await verifyTrail(auditDirectory(config), recorded)
  const ok = files.every(({ faults }) => faults.length === 0)
  const rows = files.map(({ file, messages, faults }) => [
    faults.length === 0 ? 'ok' : 'FAULT',
    file,
    String(messages),
    faults.join('; '),
  ])
  const total = files.reduce((sum, { messages }) => sum + messages, 0)
  const verdict = ok
    ? `${total} messages in ${files.length} files, as they were written${recorded ? '' : '; not compared with the database, which does not answer'}`
    : 'the trail is not as it was written: see docs/audit.md'
  return {
    text: `${table(['', 'file', 'messages', ''], rows)}\n${verdict}`,
    json: { ok, compared: recorded !== undefined, files },
    exitCode: ok ? 0 : 1,
  }
}

export function addAudit(program: Command): void {
  const audit = program.command('audit').description('the audit trail: what happened, and whether it is unaltered')
  audit
    .command('list')
    .description('the last audit messages')
    .option('--limit <number>', 'how many', '50')
    .option('--study <uid>', 'only those about this Study Instance UID')
    .action((options: ListOptions, command: Command) => answer(command, async () => list(configOf(command), options)))
  audit
    .command('verify')
    .description('whether anything was altered, shortened or removed')
    .action((_options, command: Command) => answer(command, async () => verify(configOf(command))))
}
