import type { Command } from 'commander'
import { startNode } from '../roles/node.ts'
import { configOf } from './config-option.ts'
import { answer } from './output.ts'
import { roleOption, rolesOf } from './role-option.ts'
import { stopSignal } from './stop-signal.ts'

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('run the node until SIGINT or SIGTERM; SIGHUP has it look at its certificates')
    .addOption(roleOption())
    .action((options: { role: string[] }, command: Command) =>
      answer(command, async () => {
        const roles = rolesOf(options.role)
        const stopped = stopSignal()
        await using node = await startNode(configOf(command), roles)
        node.events.nodeStopping(await stopped)
        return undefined
      }),
    )
}
