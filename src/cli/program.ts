import { Command, CommanderError } from 'commander'
import { NODE_VERSION } from '../dicom/implementation.ts'

/** Each command's module is loaded when it is asked for: a receiver needs nothing of what analyses or draws. */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  serve: async () => (await import('./serve.ts')).addServe,
  migrate: async () => (await import('./migrate.ts')).addMigrate,
  config: async () => (await import('./config-check.ts')).addConfigCheck,
  echo: async () => (await import('./echo.ts')).addEcho,
  send: async () => (await import('./send.ts')).addSend,
  study: async () => (await import('./study.ts')).addStudy,
  delivery: async () => (await import('./delivery.ts')).addDelivery,
  quarantine: async () => (await import('./quarantine.ts')).addQuarantine,
  doctor: async () => (await import('./doctor.ts')).addDoctor,
  demo: async () => (await import('./demo.ts')).addDemo,
  model: async () => (await import('./model.ts')).addModel,
  inspect: async () => (await import('./inspect.ts')).addInspect,
  phantom: async () => (await import('./phantom.ts')).addPhantom,
  analyse: async () => (await import('./analyse.ts')).addAnalyse,
  results: async () => (await import('./results.ts')).addResults,
  audit: async () => (await import('./audit.ts')).addAudit,
}

/** All that the command line may mean: those it names, or every one when help is wanted or none is named. */
const commandsOf = (argv: readonly string[]) => {
  const named = Object.keys(COMMANDS).filter((name) => argv.includes(name))
  return named.length > 0 && !argv.includes('help') ? named : Object.keys(COMMANDS)
}

/** Runs one command line, `argv` as `process.argv` has it; its exit code is then in `process.exitCode`. */
export async function run(argv: readonly string[]): Promise<void> {
  const program = new Command('mcads')
    .description('DICOM node for chest-radiograph AI. Research use only; not a medical device.')
    // `results recall` has a --version of its own.
    .version(NODE_VERSION, argv[2] === 'results' ? '-V' : '-V, --version')
    .option('--config <file>', 'configuration file (else MCADS_CONFIG, else ./node.yaml, else defaults)')
    .option('--json', 'answer in JSON')
    .showHelpAfterError('(mcads --help tells more)')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
  for (const name of commandsOf(argv)) (await COMMANDS[name]?.())?.(program)
  try {
    await program.parseAsync(argv)
  } catch (error) {
    // commander has told what is wrong; help and version are no errors.
    if (!(error instanceof CommanderError)) throw error
    process.exitCode = error.exitCode === 0 ? 0 : 2
  }
}
