import type { Command } from 'commander'
import { examine } from '../roles/examine.ts'
import { configOf } from './config-option.ts'
import { answer, table } from './output.ts'

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check configuration, disk, database, queue, model, port and every destination')
    .action((_options, command: Command) =>
      answer(command, async () => {
        const { ready, checks } = await examine(configOf(command))
        const rows = Object.entries(checks).map(([name, { ok, words }]) => [ok ? 'ok' : 'FAULT', name, words ?? ''])
        return { text: table(['', 'check', ''], rows), json: { ready, checks }, exitCode: ready ? 0 : 1 }
      }),
    )
}
