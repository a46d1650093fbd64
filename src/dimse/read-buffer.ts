import { Socket, type SocketConstructorOpts } from 'node:net'

/** Read at once, at most; */
const READ_BYTES = 64 * 1024
/** and from one socket before it is the others' turn. */
const TURN_BYTES = 128 * 1024

/**
 * Lets accepted sockets read into one buffer, which all of them share: left to itself, Node.js makes a new one for every
 * 64 KB, and those cost more than what is done with their content. So a chunk is what was read only while its `data`
 * event lasts. `_handle` is not public API: a socket without it stays as it is; test/dimse/read-buffer.test.ts holds
 * Node.js to the rest.
 */
export function openReadBuffer(): (accepted: Socket) => Socket {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  return (accepted) => {
    if (!hasHandle(accepted)) return accepted
    const handle = accepted._handle
    // Nothing of the connection is left to the accepted socket but to be counted by its server.
    accepted._handle = null
    let left = TURN_BYTES
    const goOn = () => {
      left = TURN_BYTES
      if (!socket.isPaused() && !socket.destroyed) socket.resume()
    }
    const callback = (bytes: number) => {
      socket.emit('data', buffer.subarray(0, bytes))
      left -= bytes
      if (left > 0) return true
      setImmediate(goOn)
      return false
    }
    const socket = new Socket({ handle, onread: { buffer, callback } } as SocketConstructorOpts)
    socket.once('close', () => accepted.destroy())
    return socket
  }
}

const hasHandle = (socket: Socket): socket is Socket & { _handle: object | null } =>
  '_handle' in socket && typeof socket._handle === 'object' && socket._handle !== null
