import type { Command } from 'commander'
import type { Result } from '../roles/examination/checkup.ts'
import { examine } from '../roles/examination/examine.ts'
import { configOf } from './config-option.ts'
import { answer, table } from './output.ts'
import { roleOption, rolesOf } from './role-option.ts'

const verdict = ({ ok, warning }: Result) => (!ok ? 'FAULT' : warning ? 'WARNING' : 'ok')
const told = ({ words, remedy }: Result) => (remedy ? `${words}: ${remedy}` : words)

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'check disk, database, clock, queue, model, ports, certificates, every peer and every destination, and say what to do',
    )
    .addOption(roleOption())
    .action((options: { role: string[] }, command: Command) =>
      answer(command, async () => {
        const stillLooking = (unfinished: readonly string[]) =>
          void process.stderr.write(`still looking at ${unfinished.join(', ')}\n`)
        const { ready, checks } = await examine(configOf(command), rolesOf(options.role), stillLooking)
        const rows = Object.entries(checks).map(([name, result]) => [verdict(result), name, told(result)])
        return { text: table(['', 'check', ''], rows), json: { ready, checks }, exitCode: ready ? 0 : 1 }
      }),
    )
}
