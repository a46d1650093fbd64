import type { Command } from 'commander'
import type { Config } from '../config/schema.ts'
import { readFindingCodes } from '../roles/finding-codes.ts'
import { refuseDemonstration } from '../roles/model-directory.ts'
import { configOf } from './config-option.ts'
import { answer } from './output.ts'

export function addConfigCheck(program: Command): void {
  program
    .command('config')
    .description('look at the configuration')
    .command('check')
    .description('tell every fault of the configuration, or that there is none')
    .action((_options, command: Command) =>
      answer(command, async () => {
        const config = configOf(command)
        await refuseDemonstration(config)
        await readFindingCodes(config, { labels: [] })
        const { dicom, destinations, model } = config
        const summary = [
          `AE title ${dicom.aeTitle}, ${portsOf(dicom)}, ${dicom.peers.length} peer(s) may associate`,
          `results go to ${destinations.map(({ name }) => name).join(', ') || 'no destination'}`,
          `model ${model.id}`,
        ]
        return { text: `the configuration is valid\n  ${summary.join('\n  ')}`, json: { valid: true } }
      }),
    )
}

const portsOf = ({ port, tls }: Config['dicom']) =>
  [...(port === 'none' ? [] : [`port ${port}`]), ...(tls ? [`TLS port ${tls.port}`] : [])].join(', ')
