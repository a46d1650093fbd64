#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { addConfigCheck } from './cli/config-check.ts'
import { addDemo } from './cli/demo.ts'
import { addDoctor } from './cli/doctor.ts'
import { addEcho } from './cli/echo.ts'
import { addMigrate } from './cli/migrate.ts'
import { addSend } from './cli/send.ts'
import { addServe } from './cli/serve.ts'
import { addStudy } from './cli/study.ts'
import { NODE_VERSION } from './dicom/implementation.ts'

const program = new Command('mcads')
  .description('DICOM node for chest-radiograph AI. Research use only; not a medical device.')
  .version(NODE_VERSION)
  .option('--config <file>', 'configuration file (else MCADS_CONFIG, else ./node.yaml, else defaults)')
  .option('--json', 'answer in JSON')
  .showHelpAfterError('(mcads --help tells more)')
  .exitOverride()

for (const add of [addServe, addMigrate, addConfigCheck, addEcho, addSend, addStudy, addDoctor, addDemo]) add(program)

try {
  await program.parseAsync()
} catch (error) {
  // commander has told what is wrong; help and version are no errors.
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? 0 : 2
}
