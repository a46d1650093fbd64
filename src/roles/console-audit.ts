import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { pathToFileURL } from 'node:url'
import type { AuditMessage } from '../audit/audit-message.ts'
import { auditLogUsed, type ConsoleAction, consoleAction } from '../audit/node-audit.ts'
import { openAudit } from '../audit/open-audit.ts'
import type { Config } from '../config/schema.ts'
import { auditDirectory, auditSource, us } from './node-audit.ts'

/** Does what changes something from the command line, and tells the audit trail, also when it fails. */
export async function auditAction<T>(
  config: Config,
  action: Pick<ConsoleAction, 'command' | 'studyInstanceUid' | 'subject'>,
  work: () => Promise<T>,
): Promise<T> {
  const user = userName()
  const told = (succeeded: boolean) => record(config, consoleAction(us(config), { ...action, user, succeeded }))
  const done = await work().catch(async (error: unknown) => {
    await told(false)
    throw error
  })
  await told(true)
  return done
}

/** The same of what changes several studies: each is told of, and what it was about. Nothing is told when it changes none. */
export async function auditStudies<T extends { readonly studyInstanceUid: string }>(
  config: Config,
  action: Pick<ConsoleAction, 'command' | 'subject'>,
  work: () => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const user = userName()
  const done = await work().catch(async (error: unknown) => {
    await record(config, consoleAction(us(config), { ...action, user, succeeded: false }))
    throw error
  })
  const told = done.map(({ studyInstanceUid }) => ({ ...action, user, succeeded: true, studyInstanceUid }))
  await record(config, ...told.map((each) => consoleAction(us(config), each)))
  return done
}

/** Tells the trail that it was read. */
export const auditReading = (config: Config): Promise<void> =>
  record(config, auditLogUsed(us(config), userName(), pathToFileURL(auditDirectory(config)).href))

/** A user without a name, as containers have them, is told by number. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}

async function record(config: Config, ...messages: readonly AuditMessage[]): Promise<void> {
  // Where no node keeps anything there is no trail.
  if (!existsSync(config.storage.directory)) return
  await using audit = openAudit({
    directory: auditDirectory(config),
    source: auditSource(config),
    us: us(config),
    onFailure: (error) => process.stderr.write(`mcads: this is not in the audit trail: ${String(error)}\n`),
  })
  for (const message of messages) audit.record(message)
}
