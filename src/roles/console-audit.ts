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

async function record(config: Config, message: AuditMessage): Promise<void> {
  // Where no node keeps anything there is no trail.
  if (!existsSync(config.storage.directory)) return
  await using audit = openAudit({
    directory: auditDirectory(config),
    source: auditSource(config),
    us: us(config),
    onFailure: (error) => process.stderr.write(`mcads: this is not in the audit trail: ${String(error)}\n`),
  })
  audit.record(message)
}
