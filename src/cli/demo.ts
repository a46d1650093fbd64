import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { readConfig } from '../config/read-config.ts'
import { statusText } from '../dimse/status.ts'
import { storeInstances } from '../dimse/storage-scu.ts'
import { Failure } from '../failure.ts'
import type { InstanceFile } from '../files/instance-file.ts'
import { Resources } from '../lifecycle.ts'
import { openEvents } from '../observe/events.ts'
import { openLogger } from '../observe/logger.ts'
import { type Overrides, ROLES, startNode } from '../roles/node.ts'
import { openStore } from '../roles/store.ts'
import { parseAeTitle } from '../study/identifiers.ts'
import { demoReport } from './demo-report.ts'
import { writeDemoStudy } from './demo-study.ts'
import { watchStudies } from './demo-watch.ts'
import { type Answer, answer } from './output.ts'
import { readFiles } from './read-files.ts'
import { stopSignal } from './stop-signal.ts'
import { openTestPacs } from './test-pacs.ts'

type Options = { out?: string; dicom?: string[]; keep?: boolean; seed: string }

const PACS = 'DEMOPACS'
const say = (words: string) => process.stderr.write(`${words}\n`)

/** A node as a fresh installation has it, but for ports, folder, the one peer it knows and short waits; any model. */
function demoConfig(directory: string, pacsPort: number) {
  const model = Object.entries(process.env).filter(([variable]) => variable.startsWith('MCADS_MODEL__'))
  return readConfig(undefined, {
    ...Object.fromEntries(model),
    MCADS_STORAGE__DIRECTORY: directory,
    MCADS_DICOM__HOST: '127.0.0.1',
    MCADS_DICOM__PORT: '0',
    MCADS_DICOM__PEERS: JSON.stringify([{ aeTitle: PACS, host: '127.0.0.1' }]),
    MCADS_DESTINATIONS: JSON.stringify([{ name: 'pacs', aeTitle: PACS, host: '127.0.0.1', port: pacsPort }]),
    MCADS_COMPLETION__QUIET: '2s',
    MCADS_HTTP__PORT: '0',
    MCADS_LOG__LEVEL: 'error',
  })
}

/** Standard output is for the answer. */
const logToStandardError: Overrides = ({ config, metrics }) => ({
  events: openEvents(openLogger(config.log.level, process.stderr), metrics),
})

async function push(files: readonly InstanceFile[], port: number): Promise<void> {
  const peer = {
    ...{ host: '127.0.0.1', port, timeoutMs: 30_000 },
    ...{ calledAeTitle: parseAeTitle('MCADS'), callingAeTitle: parseAeTitle(PACS) },
  }
  await storeInstances(peer, files, async (instance, outcome) => {
    const words = outcome instanceof Failure ? `${outcome.code}: ${outcome.message}` : statusText(outcome.status)
    say(`  C-STORE ${instance.sopInstanceUid}: ${words}`)
  })
}

/** `resources` closes the node and the test PACS. */
async function demo(options: Options, resources: Resources): Promise<Answer> {
  if (!/^\d{1,9}$/.test(options.seed)) throw new Failure('USAGE', '--seed is a whole number')
  const state = await mkdtemp(join(tmpdir(), 'mcads-demo-'))
  // The embedded PostgreSQL has a user of its own, who passes through here.
  await chmod(state, 0o711)
  resources.defer(() => rm(state, { recursive: true, force: true }))
  const files = await readFiles(options.dicom ?? [await writeDemoStudy(join(state, 'demo'), Number(options.seed))])
  const out = options.out ? resolve(options.out) : await mkdtemp(join(tmpdir(), 'mcads-demo-results-'))
  await mkdir(out, { recursive: true })

  let nodePort: number | undefined
  const pacs = resources.use(await openTestPacs(out, PACS, () => nodePort))
  say(`test PACS ${PACS} listens on 127.0.0.1:${pacs.port}`)
  const config = demoConfig(state, pacs.port)
  say('starting a node on embedded defaults …')
  const node = resources.use(await startNode(config, ROLES, logToStandardError))
  nodePort = node.dicomPort
  say(`node MCADS listens on 127.0.0.1:${node.dicomPort}, http://127.0.0.1:${node.httpPort}/metrics`)

  say(`pushing ${files.length} instance(s)`)
  await push(files, node.dicomPort ?? 0)

  const store = resources.use(await openStore(config))
  const views = await watchStudies(store.db, say)
  return demoReport(views, out)
}

async function untilStopped(): Promise<void> {
  say('the node goes on running; press Ctrl-C to stop')
  await stopSignal()
}

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('show the whole line once: push a study, analyse it, deliver the results to a test PACS')
    .option('--out <dir>', 'keep the results in this folder')
    .option('--dicom <file...>', 'push these DICOM files instead of a simulated radiograph')
    .option('--seed <number>', 'which simulated radiograph', '2026')
    .option('--keep', 'leave node and test PACS running until Ctrl-C')
    .action(async (options: Options, command: Command) => {
      await using resources = new Resources()
      await answer(command, () => demo(options, resources))
      if (options.keep && process.exitCode === 0) await untilStopped()
    })
}
