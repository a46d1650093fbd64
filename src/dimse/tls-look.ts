import type { X509Certificate } from 'node:crypto'
import { TLSSocket } from 'node:tls'
import { connectTo } from '../tls/connect.ts'
import { nameOf, type Peer } from './peer.ts'

/** The handshake alone: which version is spoken, and what is shown. @throws Failure PEER_UNREACHABLE, TLS_FAILED */
export async function lookAtTls(peer: Peer): Promise<{ version: string; certificate: X509Certificate | undefined }> {
  const socket = await connectTo({ ...peer, name: nameOf(peer) })
  try {
    if (!(socket instanceof TLSSocket)) return { version: 'none', certificate: undefined }
    return { version: socket.getProtocol() ?? 'TLS', certificate: socket.getPeerX509Certificate() }
  } finally {
    socket.destroy()
  }
}
