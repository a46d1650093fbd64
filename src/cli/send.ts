import type { Command } from 'commander'
import type { Peer } from '../dimse/peer.ts'
import { statusFailure, statusText } from '../dimse/status.ts'
import { storeInstances } from '../dimse/storage-scu.ts'
import { Failure } from '../failure.ts'
import { parseAeTitle } from '../study/identifiers.ts'
import { readTlsCredentials } from '../tls/credentials.ts'
import type { PeerTls } from '../tls/options.ts'
import { type Answer, answer } from './output.ts'
import { readFiles } from './read-files.ts'

type Options = { to: string; called: string; calling: string; timeout: string } & TlsOptions
type TlsOptions = {
  tls?: true
  tlsCa?: string
  tlsCertificate?: string
  tlsKey?: string
  tlsServername?: string
  tlsVerify: boolean
}
type Sent = { file: string; sopInstanceUid: string; status?: string; error?: string; ok: boolean }

async function peerFrom(options: Options): Promise<Peer> {
  const { to, called, calling, timeout } = options
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(to) ?? []
  if (!host || !port || Number(port) > 65_535) throw new Failure('USAGE', '--to is HOST:PORT')
  if (!/^[1-9]\d{0,3}$/.test(timeout)) throw new Failure('USAGE', '--timeout is a number of seconds from 1')
  const titles = { calledAeTitle: parseAeTitle(called), callingAeTitle: parseAeTitle(calling) }
  const tls = await tlsFrom(options)
  return { host, port: Number(port), ...titles, timeoutMs: Number(timeout) * 1000, ...(tls && { tls }) }
}

async function tlsFrom(options: TlsOptions): Promise<PeerTls | undefined> {
  const { tls, tlsCa: ca, tlsCertificate: certificate, tlsKey: key, tlsServername: servername, tlsVerify } = options
  if (!tls && !ca && !certificate && !key && !servername && tlsVerify) return undefined
  if ((certificate === undefined) !== (key === undefined))
    throw new Failure('USAGE', '--tls-certificate and --tls-key go together')
  const credentials = await readTlsCredentials({ ca, certificate, key })
  return { credentials: () => credentials, servername, verify: tlsVerify, minimumVersion: 'TLSv1.2' }
}

async function send(files: string[], options: Options): Promise<Answer> {
  const peer = await peerFrom(options)
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
    .option('--tls', 'over TLS; so do the options below')
    .option('--tls-ca <file>', 'whose word we take for who the peer is (PEM)')
    .option('--tls-certificate <file>', 'our certificate and its intermediates (PEM)')
    .option('--tls-key <file>', 'its key (PEM)')
    .option('--tls-servername <name>', "the name in the peer's certificate, where it is not the host")
    .option('--no-tls-verify', 'take whoever answers for the peer')
    .action((files: string[], options: Options, command: Command) => answer(command, () => send(files, options)))
}
