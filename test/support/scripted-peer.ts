import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A PDU, PS3.8 section 9.3.1; `length` lies when given. */
export function pdu(type: number, body: Uint8Array, length = body.length): Buffer {
  const header = Buffer.alloc(6)
  header.writeUInt8(type, 0)
  header.writeUInt32BE(length, 2)
  return Buffer.concat([header, body])
}

export function item(type: number, body: Uint8Array | string): Buffer {
  const value = Buffer.from(body)
  const header = Buffer.alloc(4)
  header.writeUInt8(type, 0)
  header.writeUInt16BE(value.length, 2)
  return Buffer.concat([header, value])
}

type Proposed = { id: number; abstractSyntax: string; transferSyntaxes: string[] }
export type Rq = {
  called?: string
  calling?: string
  contexts?: Proposed[]
  maximumPduLength?: number
  applicationContext?: string
  protocolVersion?: number
  /** More user information items. */
  user?: Buffer[]
}

export const EXPLICIT = '1.2.840.10008.1.2.1'
export const IMPLICIT = '1.2.840.10008.1.2'
export const STORAGE_COMMITMENT = '1.2.840.10008.1.20.1'
export const STORAGE_COMMITMENT_INSTANCE = '1.2.840.10008.1.20.1.1'
export const DX = '1.2.840.10008.5.1.4.1.1.1.1'
export const VERIFICATION = '1.2.840.10008.1.1'
export const CT = '1.2.840.10008.5.1.4.1.1.2'
const DX_AND_ECHO: Proposed[] = [
  { id: 1, abstractSyntax: DX, transferSyntaxes: [EXPLICIT, IMPLICIT] },
  { id: 3, abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT] },
]

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export function associateRq(rq: Rq = {}): Buffer {
  const { called = 'MCADS', calling = 'MODALITY', contexts = DX_AND_ECHO, maximumPduLength = 16384 } = rq
  const fixed = Buffer.alloc(68)
  fixed.writeUInt16BE(rq.protocolVersion ?? 1, 0)
  fixed.write(called.padEnd(16), 4, 'latin1')
  fixed.write(calling.padEnd(16), 20, 'latin1')
  const presentation = contexts.map(({ id, abstractSyntax, transferSyntaxes }) =>
    item(
      0x20,
      Buffer.concat([
        Buffer.from([id, 0, 0, 0]),
        item(0x30, abstractSyntax),
        ...transferSyntaxes.map((each) => item(0x40, each)),
      ]),
    ),
  )
  const user = Buffer.concat([item(0x51, uint32(maximumPduLength)), item(0x52, '1.2.3.4'), ...(rq.user ?? [])])
  const application = item(0x10, rq.applicationContext ?? '1.2.840.10008.3.1.1.1')
  return pdu(1, Buffer.concat([fixed, application, ...presentation, item(0x50, user)]))
}

/** Accepts the presentation contexts with the given results and transfer syntaxes. */
export function associateAc(
  contexts: { id: number; result: number; transferSyntax: string }[],
  maximumPduLength = 0,
  more: Buffer[] = [],
) {
  const presentation = contexts.map(({ id, result, transferSyntax }) =>
    item(0x21, Buffer.concat([Buffer.from([id, 0, result, 0]), item(0x40, transferSyntax)])),
  )
  const user = item(0x50, Buffer.concat([item(0x51, uint32(maximumPduLength)), item(0x52, '1.2.3.4'), ...more]))
  return pdu(2, Buffer.concat([Buffer.alloc(68), item(0x10, '1.2.840.10008.3.1.1.1'), ...presentation, user]))
}

/** SCP/SCU Role Selection, PS3.7 Annex D.3.3.4. */
export function roleSelection(sopClass: string, asScu: number, asScp: number): Buffer {
  const length = Buffer.from([0, sopClass.length])
  return item(0x54, Buffer.concat([length, Buffer.from(sopClass), Buffer.from([asScu, asScp])]))
}

export const COMMAND = 1
export const LAST = 2

export function pdv(contextId: number, control: number, value: Uint8Array): Buffer {
  return Buffer.concat([uint32(value.length + 2), Buffer.from([contextId, control]), value])
}

export const pData = (contextId: number, control: number, value: Uint8Array): Buffer =>
  pdu(4, pdv(contextId, control, value))

function element(number: number, value: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt16LE(number, 2)
  head.writeUInt32LE(value.length, 4)
  return Buffer.concat([head, value])
}

const us = (number: number, value: number) => element(number, Buffer.from([value & 0xff, value >> 8]))
const ui = (number: number, value: string) => element(number, Buffer.from(value.length % 2 ? `${value}\0` : value))

export type CommandSet = {
  field: number
  messageId?: number
  sopClass?: string
  sopInstance?: string
  /** Of an N-ACTION. */
  requestedSopClass?: string
  requestedSopInstance?: string
  eventType?: number
  actionType?: number
  /** Of a response. */
  respondingTo?: number
  status?: number
  dataSet?: boolean
}

/** A command set in Implicit VR Little Endian, PS3.7 section 6.3.1. */
export function command({ field, messageId, sopClass, sopInstance, dataSet = false, ...more }: CommandSet): Buffer {
  return Buffer.concat([
    ...(sopClass ? [ui(0x0002, sopClass)] : []),
    ...(more.requestedSopClass ? [ui(0x0003, more.requestedSopClass)] : []),
    us(0x0100, field),
    ...(messageId === undefined ? [] : [us(0x0110, messageId)]),
    ...(more.respondingTo === undefined ? [] : [us(0x0120, more.respondingTo)]),
    us(0x0800, dataSet ? 0 : 0x0101),
    ...(more.status === undefined ? [] : [us(0x0900, more.status)]),
    ...(sopInstance ? [ui(0x1000, sopInstance)] : []),
    ...(more.requestedSopInstance ? [ui(0x1001, more.requestedSopInstance)] : []),
    ...(more.eventType === undefined ? [] : [us(0x1002, more.eventType)]),
    ...(more.actionType === undefined ? [] : [us(0x1008, more.actionType)]),
  ])
}

export const cEchoRq = (messageId = 1, contextId = 3): Buffer =>
  pData(contextId, COMMAND | LAST, command({ field: 0x30, messageId, sopClass: VERIFICATION }))

export const cStoreRq = ({ contextId = 1, messageId = 1, sopClass = DX, sopInstance = '1.2.3.4.5' } = {}): Buffer =>
  pData(contextId, COMMAND | LAST, command({ field: 1, messageId, sopClass, sopInstance, dataSet: true }))

export function response(field: number, messageIdBeingRespondedTo: number, status: number, contextId = 1): Buffer {
  const bytes = Buffer.concat([
    us(0x0100, field),
    us(0x0120, messageIdBeingRespondedTo),
    us(0x0800, 0x0101),
    us(0x0900, status),
  ])
  return pData(contextId, COMMAND | LAST, bytes)
}

export const RELEASE_RQ = pdu(5, Buffer.alloc(4))
export const RELEASE_RP = pdu(6, Buffer.alloc(4))
export const ABORT = pdu(7, Buffer.alloc(4))

export type Pdu = { readonly type: number; readonly body: Buffer }
export const RJ = 3
const AC = 2
const P_DATA = 4
export const RELEASED = 6
export const ABORTED = 7

/** One side of a TCP connection that says exactly what it is told, and hears what the other side says. */
export class ScriptedPeer {
  readonly socket: Socket
  #bytes = Buffer.alloc(0)
  #pdus: Pdu[] = []
  #over = false
  #wake: () => void = () => {}

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      while (this.#bytes.length >= 6 && this.#bytes.length >= 6 + this.#bytes.readUInt32BE(2)) {
        const end = 6 + this.#bytes.readUInt32BE(2)
        this.#pdus.push({ type: this.#bytes.readUInt8(0), body: this.#bytes.subarray(6, end) })
        this.#bytes = this.#bytes.subarray(end)
      }
      this.#wake()
    })
    socket.on('error', () => {})
    for (const event of ['end', 'close'])
      socket.on(event, () => {
        this.#over = true
        this.#wake()
      })
    onTestFinished(() => void socket.destroy())
  }

  send(...bytes: Uint8Array[]): this {
    this.socket.write(Buffer.concat(bytes))
    return this
  }

  /** The next PDU; undefined when the connection was closed without another. Fails after `timeoutMs`. */
  async next(timeoutMs = 5000): Promise<Pdu | undefined> {
    const deadline = Date.now() + timeoutMs
    while (this.#pdus.length === 0 && !this.#over) {
      if (Date.now() > deadline) throw new Error('the other side stays silent')
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 50)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return this.#pdus.shift()
  }

  /** Everything until the other side has closed: the types of its PDUs. */
  async rest(timeoutMs = 5000): Promise<number[]> {
    const types: number[] = []
    for (let heard = await this.next(timeoutMs); heard; heard = await this.next(timeoutMs)) types.push(heard.type)
    return types
  }

  /** Until the other side's socket is gone, not only its sending half: what it gets then is answered with a reset. */
  async untilReset(timeoutMs = 3000): Promise<void> {
    const deadline = Date.now() + timeoutMs
    while (!this.socket.destroyed) {
      if (Date.now() > deadline) throw new Error('the other side still takes what it is sent')
      this.socket.write(Buffer.alloc(1))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** The status of the next response. */
  async status(): Promise<number | undefined> {
    const heard = await this.next()
    if (heard?.type !== P_DATA) return undefined
    const at = heard.body.indexOf(Buffer.from([0x00, 0x00, 0x00, 0x09, 2, 0, 0, 0]))
    return at < 0 ? undefined : heard.body.readUInt16LE(at + 8)
  }
}

export async function callScripted(port: number): Promise<ScriptedPeer> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
  await once(socket, 'connect')
  return new ScriptedPeer(socket)
}

/** Calls and associates; the A-ASSOCIATE-AC has been taken when it resolves. */
export async function associated(port: number, rq: Rq = {}): Promise<ScriptedPeer> {
  const peer = await callScripted(port)
  const answer = await peer.send(associateRq(rq)).next()
  if (answer?.type !== AC) throw new Error(`not accepted: PDU ${answer?.type}`)
  return peer
}

/** Listens on a port of 127.0.0.1 and lets `script` answer each connection; closed when the test ends. */
export async function listenScripted(script: (peer: ScriptedPeer) => Promise<unknown>): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    void script(new ScriptedPeer(socket)).catch(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('not listening')
  return address.port
}
