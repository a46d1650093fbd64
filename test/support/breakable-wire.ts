import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export type BreakableWire = {
  readonly port: number
  /** As if the other end were gone: connections are lost, and new ones refused. */
  cut(): Promise<void>
  mend(): Promise<void>
}

/** A TCP port of 127.0.0.1 in front of a server, for tests in which it goes away and comes back. */
export async function breakableWire(dial: () => Socket): Promise<BreakableWire> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (near) => {
    const far = dial().setNoDelay()
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
  return { port: address.port, cut, mend: () => listen(address.port) }
}

/** `url` leads to the same database by way of the wire. */
export async function breakableDatabase(databaseUrl: string): Promise<BreakableWire & { readonly url: string }> {
  const target = new URL(databaseUrl)
  const host = decodeURIComponent(target.hostname)
  const port = Number(target.port || 5432)
  const wire = await breakableWire(() =>
    host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host),
  )
  target.host = `127.0.0.1:${wire.port}`
  return { ...wire, url: target.href }
}
