import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Receiver } from './receivers.ts'

const ENVIRONMENT = { ...process.env, TCP_NODELAY: '1' }

/** Shares the files out, as many to one as to another. */
const shares = (files: readonly string[], parts: number) =>
  Array.from({ length: parts }, (_, part) =>
    files.slice(Math.floor((part * files.length) / parts), Math.floor(((part + 1) * files.length) / parts)),
  ).filter((share) => share.length > 0)

async function storescu({ port, calledAeTitle, options = [] }: Receiver, files: readonly string[]) {
  const args = ['-R', '-xe', '-pdu', '131072', ...options, '-aec', calledAeTitle, '127.0.0.1', String(port), ...files]
  const child = spawn('storescu', args, { env: ENVIRONMENT, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += String(chunk)
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`storescu ended with ${code}: ${said.slice(0, 500)}`)
}

/** What storescu does, without DICOM: files one after another over one connection, each answered with a byte. */
async function sendRaw(port: number, files: readonly string[]): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  for (const file of files) {
    const bytes = await readFile(file)
    const length = Buffer.alloc(8)
    length.writeBigUInt64BE(BigInt(bytes.length))
    socket.write(length)
    socket.write(bytes)
    await once(socket, 'data')
  }
  socket.end()
}

/** Pushes all files over so many associations at once. @throws when one is not taken */
export async function push(receiver: Receiver, files: readonly string[], associations: number): Promise<void> {
  const send = (share: string[]) =>
    receiver.calledAeTitle === '' ? sendRaw(receiver.port, share) : storescu(receiver, share)
  await Promise.all(shares(files, associations).map(send))
}
