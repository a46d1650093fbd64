import type { Command } from 'commander'
import { migrate } from '../db/migrate.ts'
import { auditAction } from '../roles/console-audit.ts'
import { openStore } from '../roles/store.ts'
import { configOf } from './config-option.ts'
import { answer } from './output.ts'

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('bring the database up to date (serve does so too, when it starts)')
    .action((_options, command: Command) =>
      answer(command, async () => {
        const config = configOf(command)
        await using store = await openStore(config, { migrating: false })
        const applied = await auditAction(config, { command: 'migrate' }, () => migrate(store.db))
        return { text: applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to do', json: { applied } }
      }),
    )
}
