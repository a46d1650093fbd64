import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openReadBuffer } from '../../src/dimse/read-buffer.ts'

type Pair = { readonly accepted: Socket; readonly reading: Socket; readonly peer: Socket }

/** A server whose accepted sockets read into one buffer; it closes when the last of them is gone. */
async function opened() {
  const into = openReadBuffer()
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const closed = once(server, 'close')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const accept = async (): Promise<Pair> => {
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
    const peer = connect(port, '127.0.0.1')
    onTestFinished(() => void peer.destroy())
    const socket = await accepted
    const reading = into(socket)
    onTestFinished(() => void reading.destroy())
    return { accepted: socket, reading, peer }
  }
  const close = async () => {
    server.close()
    await closed
  }
  return { accept, close }
}

const chunk = async (socket: Socket): Promise<Buffer> => (await once(socket, 'data'))[0]

test('sockets of one server read into the same memory, and each gets its own', async () => {
  const { accept } = await opened()
  const [one, other] = [await accept(), await accept()]
  one.peer.write('one')
  const first = await chunk(one.reading)
  expect(first.toString()).toBe('one')
  other.peer.write('other')
  const second = await chunk(other.reading)
  expect(second.toString()).toBe('other')
  expect([second.buffer, second.byteOffset]).toEqual([first.buffer, first.byteOffset])
  expect(first.toString()).toBe('oth')
})

test('a paused socket reads nothing, and all of it when it goes on', async () => {
  const { accept } = await opened()
  const { reading, peer } = await accept()
  let read = 0
  reading.on('data', ({ length }: Buffer) => {
    read += length
  })
  reading.pause()
  const sent = 3_000_000
  peer.end(Buffer.alloc(sent))
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(read).toBe(0)
  reading.resume()
  await once(reading, 'end')
  expect(read).toBe(sent)
})

test('it can be written to, knows its peer, and ends with it', async () => {
  const { accept, close } = await opened()
  const { accepted, reading, peer } = await accept()
  expect(reading).not.toBe(accepted)
  expect(reading.remoteAddress).toBe('127.0.0.1')
  reading.resume()
  reading.write('answer')
  expect((await chunk(peer)).toString()).toBe('answer')
  peer.end()
  await once(reading, 'close')
  await close()
})

test('its server has closed only when it has', async () => {
  const { accept, close } = await opened()
  const { reading } = await accept()
  let closed = false
  const closing = close().then(() => {
    closed = true
  })
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(closed).toBe(false)
  reading.destroy()
  await closing
  expect(closed).toBe(true)
})

test('a socket that has much to read lets others have their turn', async () => {
  const { accept } = await opened()
  const { reading, peer } = await accept()
  let inThisTurn = 0
  let most = 0
  let total = 0
  const nextTurn = () => {
    inThisTurn = 0
    if (total < 8_000_000) setImmediate(nextTurn)
  }
  reading.pause()
  peer.write(Buffer.alloc(8_000_000))
  await new Promise((resolve) => setTimeout(resolve, 100))
  reading.on('data', ({ length }: Buffer) => {
    total += length
    inThisTurn += length
    most = Math.max(most, inThisTurn)
  })
  setImmediate(nextTurn)
  reading.resume()
  while (total < 8_000_000) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(most).toBeLessThanOrEqual(2 * 128 * 1024 + 64 * 1024)
})
