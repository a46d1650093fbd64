import type { Command } from 'commander'
import { statusFailure, statusText } from '../dimse/status.ts'
import { storeInstances } from '../dimse/storage-scu.ts'
import { Failure } from '../failure.ts'
import { parseAeTitle } from '../study/identifiers.ts'
import { type Answer, answer } from './output.ts'
import { readFiles } from './read-files.ts'

type Options = { to: string; called: string; calling: string; timeout: string }
type Sent = { file: string; sopInstanceUid: string; status?: string; error?: string; ok: boolean }

function peerFrom({ to, called, calling, timeout }: Options) {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(to) ?? []
  if (!host || !port || Number(port) > 65_535) throw new Failure('USAGE', '--to is HOST:PORT')
  if (!/^[1-9]\d{0,3}$/.test(timeout)) throw new Failure('USAGE', '--timeout is a number of seconds from 1')
  const titles = { calledAeTitle: parseAeTitle(called), callingAeTitle: parseAeTitle(calling) }
  return { host, port: Number(port), ...titles, timeoutMs: Number(timeout) * 1000 }
}

async function send(files: string[], options: Options): Promise<Answer> {
  const peer = peerFrom(options)
  const instances = await readFiles(files)
  const sent: Sent[] = []
  await storeInstances(peer, instances, async ({ path: file, sopInstanceUid }, outcome) => {
    if (outcome instanceof Failure)
      sent.push({ file, sopInstanceUid, error: `${outcome.code}: ${outcome.message}`, ok: false })
    else sent.push({ file, sopInstanceUid, status: statusText(outcome.status), ok: !statusFailure(outcome.status) })
  })
  const text = sent.map(({ file, status, error }) => `${file}: ${status ?? error}`).join('\n')
  return { text, json: sent, exitCode: sent.length > 0 && sent.every(({ ok }) => ok) ? 0 : 1 }
}

export function addSend(program: Command): void {
  program
    .command('send')
    .description('C-STORE files to a peer, as they are')
    .argument('<file...>', 'DICOM files (Part 10)')
    .requiredOption('--to <host:port>', 'where the peer listens')
    .requiredOption('--called <title>', "the peer's AE title")
    .option('--calling <title>', 'our AE title', 'MCADS')
    .option('--timeout <seconds>', 'for the peer to answer', '30')
    .action((files: string[], options: Options, command: Command) => answer(command, () => send(files, options)))
}
