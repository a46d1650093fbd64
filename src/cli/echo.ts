import type { Command } from 'commander'
import { Failure } from '../failure.ts'
import { probeNow } from '../roles/courier.ts'
import { configOf } from './config-option.ts'
import { answer } from './output.ts'

export function addEcho(program: Command): void {
  program
    .command('echo')
    .description('see whether a destination answers (C-ECHO)')
    .argument('<destination>', 'its name in the configuration')
    .action((name: string, _options, command: Command) =>
      answer(command, async () => {
        const config = configOf(command)
        const destination = config.destinations.find((each) => each.name === name)
        const known = config.destinations.map((each) => each.name).join(', ') || 'none is configured'
        if (!destination) throw new Failure('USAGE', `no destination is named ${name}; there is: ${known}`)
        const { roundTripMs } = await probeNow(config, destination)
        return { text: `${name} answered in ${roundTripMs.toFixed(1)} ms`, json: { destination: name, roundTripMs } }
      }),
    )
}
