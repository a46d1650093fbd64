import type { Command } from 'commander'
import type { Config } from '../config/schema.ts'
import { type ModelSettings, readModelSettings } from '../roles/model-settings.ts'
import { configOf } from './config-option.ts'
import { answer } from './output.ts'

const modelLine = ({ id, manifest: { version }, calibration, explanation }: ModelSettings) =>
  `model ${id} ${version}${calibration ? `, calibration ${calibration.version}` : ''}, heat maps by ${explanation}`

export function addConfigCheck(program: Command): void {
  program
    .command('config')
    .description('look at the configuration')
    .command('check')
    .description('tell every fault of the configuration, or that there is none')
    .action((_options, command: Command) =>
      answer(command, async () => {
        const config = configOf(command)
        const models = await readModelSettings(config)
        const { dicom, destinations } = config
        const summary = [
          `AE title ${dicom.aeTitle}, ${portsOf(dicom)}, ${dicom.peers.length} peer(s) may associate`,
          `results go to ${destinations.map(({ name }) => name).join(', ') || 'no destination'}`,
          ...models.map(modelLine),
        ]
        return { text: `the configuration is valid\n  ${summary.join('\n  ')}`, json: { valid: true } }
      }),
    )
}

const portsOf = ({ port, tls }: Config['dicom']) =>
  [...(port === 'none' ? [] : [`port ${port}`]), ...(tls ? [`TLS port ${tls.port}`] : [])].join(', ')
