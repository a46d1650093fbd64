import type { Socket } from 'node:net'
import { Failure } from '../failure.ts'
import { connectTo, type Line } from '../tls/connect.ts'

/** MLLP: <VT> message <FS><CR>. */
const VT = 0x0b
const FS = 0x1c
const CR = 0x0d
/** No acknowledgement is nearly so long. */
const LONGEST_ANSWER = 65_536

/**
 * Sends one message over a connection of its own, and reads what answers it.
 * @throws Failure PEER_UNREACHABLE, TLS_FAILED, PEER_SILENT, PEER_NOT_UNDERSTOOD
 */
export async function exchange(receiver: Line, message: Uint8Array): Promise<Buffer> {
  const socket = await connectTo(receiver)
  try {
    const answer = readFrame(receiver, socket)
    socket.write(Buffer.concat([Buffer.from([VT]), message, Buffer.from([FS, CR])]))
    return await answer
  } finally {
    socket.destroy()
  }
}

/** What stands between <VT> and <FS>; whatever comes before is no part of it. */
function readFrame(receiver: Line, socket: Socket): Promise<Buffer> {
  const { name, timeoutMs } = receiver
  let received = Buffer.alloc(0)
  return new Promise((resolve, reject) => {
    const silent = (words: string, cause?: unknown) => reject(new Failure('PEER_SILENT', `${name} ${words}`, { cause }))
    const timer = setTimeout(() => silent(`acknowledged nothing within ${timeoutMs} ms`), timeoutMs)
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      const start = received.indexOf(VT)
      const end = start < 0 ? -1 : received.indexOf(FS, start)
      if (end >= 0) resolve(received.subarray(start + 1, end))
      else if (received.length > LONGEST_ANSWER)
        reject(new Failure('PEER_NOT_UNDERSTOOD', `${name} answered without an end, or not in MLLP`))
    })
    socket.once('error', (error) => silent('cut the connection before it acknowledged', error))
    socket.once('close', () => {
      clearTimeout(timer)
      silent('closed the connection before it acknowledged')
    })
  })
}
