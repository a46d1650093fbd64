import type { Command } from 'commander'
import { statusText } from '../dimse/status.ts'
import { storeInstances } from '../dimse/storage-scu.ts'
import { Failure } from '../failure.ts'
import { readInstanceFile } from '../files/instance-file.ts'
import { parseAeTitle } from '../study/identifiers.ts'
import { type Answer, answer } from './output.ts'

type Options = { to: string; called: string; calling: string; timeout: string }
type Sent = { file: string; sopInstanceUid: string; status?: string; error?: string; ok: boolean }

function peerFrom({ to, called, calling, timeout }: Options) {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(to) ?? []
  if (!host || !port || Number(port) > 65_535) throw new Failure('USAGE', '--to is HOST:PORT')
  if (!/^\d{1,4}$/.test(timeout)) throw new Failure('USAGE', '--timeout is a number of seconds')
  const titles = { calledAeTitle: parseAeTitle(called), callingAeTitle: parseAeTitle(calling) }
  return { host, port: Number(port), ...titles, timeoutMs: Number(timeout) * 1000 }
}

async function send(files: string[], options: Options): Promise<Answer> {
  const peer = peerFrom(options)
  const instances = await Promise.all(files.map((file) => readInstanceFile(file)))
  const sent: Sent[] = []
  await storeInstances(peer, instances, async ({ path: file, sopInstanceUid }, outcome) => {
    if (outcome instanceof Failure)
      sent.push({ file, sopInstanceUid, error: `${outcome.code}: ${outcome.message}`, ok: false })
    else sent.push({ file, sopInstanceUid, status: statusText(outcome.status), ok: outcome.status === 0 })
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
