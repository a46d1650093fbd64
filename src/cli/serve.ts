import { type Command, Option } from 'commander'
import { Failure } from '../failure.ts'
import { ROLES, type Role, startNode } from '../roles/node.ts'
import { configOf } from './config-option.ts'
import { answer } from './output.ts'
import { stopSignal } from './stop-signal.ts'

const parseRoles = (text: string) => text.split(',').map((role) => role.trim())
const isRole = (text: string): text is Role => ROLES.some((role) => role === text)

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('run the node until SIGINT or SIGTERM')
    .addOption(
      new Option('--role <roles>', `some of ${ROLES.join(',')}`).argParser(parseRoles).default([...ROLES], 'all'),
    )
    .action((options: { role: string[] }, command: Command) =>
      answer(command, async () => {
        const unknown = options.role.filter((role) => !isRole(role))
        if (unknown.length > 0)
          throw new Failure('USAGE', `no such role: ${unknown.join(', ')}; there is ${ROLES.join(', ')}`)
        const stopped = stopSignal()
        await using node = await startNode(configOf(command), options.role.filter(isRole))
        node.events.nodeStopping(await stopped)
        return undefined
      }),
    )
}
