import { Command, CommanderError } from 'commander'
import { NODE_VERSION } from '../dicom/implementation.ts'
import { addAnalyse } from './analyse.ts'
import { addAudit } from './audit.ts'
import { addConfigCheck } from './config-check.ts'
import { addDemo } from './demo.ts'
import { addDoctor } from './doctor.ts'
import { addEcho } from './echo.ts'
import { addInspect } from './inspect.ts'
import { addMigrate } from './migrate.ts'
import { addModel } from './model.ts'
import { addSend } from './send.ts'
import { addServe } from './serve.ts'
import { addStudy } from './study.ts'

const COMMANDS = [
  addServe,
  addMigrate,
  addConfigCheck,
  addEcho,
  addSend,
  addStudy,
  addDoctor,
  addDemo,
  addModel,
  addInspect,
  addAnalyse,
  addAudit,
]

/** Runs one command line, `argv` as `process.argv` has it; its exit code is then in `process.exitCode`. */
export async function run(argv: readonly string[]): Promise<void> {
  const program = new Command('mcads')
    .description('DICOM node for chest-radiograph AI. Research use only; not a medical device.')
    .version(NODE_VERSION)
    .option('--config <file>', 'configuration file (else MCADS_CONFIG, else ./node.yaml, else defaults)')
    .option('--json', 'answer in JSON')
    .showHelpAfterError('(mcads --help tells more)')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
  for (const add of COMMANDS) add(program)
  try {
    await program.parseAsync(argv)
  } catch (error) {
    // commander has told what is wrong; help and version are no errors.
    if (!(error instanceof CommanderError)) throw error
    process.exitCode = error.exitCode === 0 ? 0 : 2
  }
}
