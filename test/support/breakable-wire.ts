import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export type BreakableWire = {
  /** The same database, by way of this wire. */
  readonly url: string
  /** As if the server were gone: connections are lost, and new ones refused. */
  cut(): Promise<void>
  mend(): Promise<void>
}

/** A TCP port of 127.0.0.1 in front of a PostgreSQL, for tests in which it goes away and comes back. */
export async function breakableWire(databaseUrl: string): Promise<BreakableWire> {
  const target = new URL(databaseUrl)
  const host = decodeURIComponent(target.hostname)
  const port = Number(target.port || 5432)
  const dial = () => (host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host))
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = dial()
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far).pipe(near)
  })
  const listen = async (at: number) => void (await once(server.listen(at, '127.0.0.1'), 'listening'))
  const cut = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await listen(0)
  onTestFinished(cut)
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('not listening')
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${address.port}`
  return { url: url.href, cut, mend: () => listen(address.port) }
}
