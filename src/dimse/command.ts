import { trimmed } from '../study/padding.ts'
import { invalid, PDU_HEADER_BYTES, PDV_HEADER_BYTES } from './pdu.ts'

/** Command Field, PS3.7 Annex E.1. */
export const CommandField = {
  CStoreRq: 0x0001,
  CStoreRsp: 0x8001,
  CEchoRq: 0x0030,
  CEchoRsp: 0x8030,
  CFindRq: 0x0020,
  CCancelRq: 0x0fff,
  NEventReportRq: 0x0100,
  NActionRq: 0x0130,
} as const
export const RESPONSE_BIT = 0x8000

/** A command set's elements that this node reads, PS3.7 Annex E.1. */
export type Command = {
  readonly field: number
  readonly messageId: number | undefined
  readonly messageIdBeingRespondedTo: number | undefined
  readonly affectedSopClassUid: string
  readonly affectedSopInstanceUid: string
  /** Of an N-ACTION request. */
  readonly requestedSopClassUid: string
  readonly requestedSopInstanceUid: string
  readonly eventTypeId: number | undefined
  readonly actionTypeId: number | undefined
  readonly hasDataSet: boolean
  readonly status: number | undefined
  readonly errorComment: string
}

/** Element numbers of group 0000. */
const Element = {
  GroupLength: 0x0000,
  AffectedSopClassUid: 0x0002,
  RequestedSopClassUid: 0x0003,
  CommandField: 0x0100,
  MessageId: 0x0110,
  MessageIdBeingRespondedTo: 0x0120,
  Priority: 0x0700,
  CommandDataSetType: 0x0800,
  Status: 0x0900,
  ErrorComment: 0x0902,
  AffectedSopInstanceUid: 0x1000,
  RequestedSopInstanceUid: 0x1001,
  EventTypeId: 0x1002,
  ActionTypeId: 0x1008,
} as const

const NO_DATA_SET = 0x0101
const A_DATA_SET = 0x0000
const PRIORITY_MEDIUM = 0x0000

/** Implicit VR Little Endian, group 0000 only. */
function readElements(bytes: Buffer): Map<number, Buffer> {
  const elements = new Map<number, Buffer>()
  for (let at = 0; at < bytes.length; ) {
    if (at + 8 > bytes.length) throw invalid('a command breaks off')
    const end = at + 8 + bytes.readUInt32LE(at + 4)
    if (bytes.readUInt16LE(at) !== 0x0000 || end > bytes.length) throw invalid('a command cannot be parsed')
    elements.set(bytes.readUInt16LE(at + 2), bytes.subarray(at + 8, end))
    at = end
  }
  return elements
}

/** @throws ProtocolError */
export function parseCommand(bytes: Buffer): Command {
  const elements = readElements(bytes)
  const number = (element: number) => {
    const value = elements.get(element)
    return value && value.length >= 2 ? value.readUInt16LE(0) : undefined
  }
  const text = (element: number) => trimmed(elements.get(element)?.toString('latin1') ?? '')
  const field = number(Element.CommandField)
  if (field === undefined) throw invalid('a command has no Command Field')
  return {
    field,
    messageId: number(Element.MessageId),
    messageIdBeingRespondedTo: number(Element.MessageIdBeingRespondedTo),
    affectedSopClassUid: text(Element.AffectedSopClassUid),
    affectedSopInstanceUid: text(Element.AffectedSopInstanceUid),
    requestedSopClassUid: text(Element.RequestedSopClassUid),
    requestedSopInstanceUid: text(Element.RequestedSopInstanceUid),
    eventTypeId: number(Element.EventTypeId),
    actionTypeId: number(Element.ActionTypeId),
    hasDataSet: (number(Element.CommandDataSetType) ?? NO_DATA_SET) !== NO_DATA_SET,
    status: number(Element.Status),
    errorComment: text(Element.ErrorComment),
  }
}

function element(number: number, value: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt16LE(number, 2)
  head.writeUInt32LE(value.length, 4)
  return Buffer.concat([head, value])
}

function us(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return element(number, bytes)
}

function text(number: number, value: string, padding: '\0' | ' '): Buffer[] {
  return value === '' ? [] : [element(number, Buffer.from(value.length % 2 ? value + padding : value, 'latin1'))]
}

/** The header of a P-DATA-TF with one PDV, PS3.8 section 9.3.5. */
export function writePdvHeader(
  into: Buffer,
  at: number,
  contextId: number,
  control: number,
  valueLength: number,
): void {
  into.writeUInt16BE(0x0400, at)
  into.writeUInt32BE(valueLength + PDV_HEADER_BYTES, at + 2)
  into.writeUInt32BE(valueLength + 2, at + 6)
  into.writeUInt8(contextId, at + 10)
  into.writeUInt8(control, at + 11)
}

export const PDATA_HEADER_BYTES = PDU_HEADER_BYTES + PDV_HEADER_BYTES
/** Message control header, PS3.8 Annex E.2: bit 0 command, bit 1 last. */
const LAST_OF_COMMAND = 3

/** A whole command in one P-DATA-TF; none of ours comes near 1024 bytes. */
function commandPdu(contextId: number, elements: Buffer[]): Buffer {
  const groupLength = Buffer.alloc(4)
  groupLength.writeUInt32LE(elements.reduce((sum, { length }) => sum + length, 0))
  const command = Buffer.concat([element(Element.GroupLength, groupLength), ...elements])
  const header = Buffer.alloc(PDATA_HEADER_BYTES)
  writePdvHeader(header, 0, contextId, LAST_OF_COMMAND, command.length)
  return Buffer.concat([header, command])
}

/** A request that is no N-ACTION speaks of an affected SOP class and instance, an N-ACTION of requested ones. */
export type Request = {
  readonly field: number
  readonly messageId: number
  readonly sopClassUid: string
  readonly sopInstanceUid?: string
  readonly eventTypeId?: number
  readonly actionTypeId?: number
  /** A data set follows. */
  readonly hasDataSet: boolean
}

const C_REQUESTS_WITH_PRIORITY: readonly number[] = [CommandField.CStoreRq, CommandField.CFindRq]

/** PS3.7 Tables 9.3-1 (C-STORE), 9.3-3 (C-FIND), 9.3-12 (C-ECHO), 10.3-1 (N-EVENT-REPORT) and 10.3-7 (N-ACTION). */
export function encodeRequest(contextId: number, request: Request): Buffer {
  const { field, messageId, sopClassUid, sopInstanceUid = '', eventTypeId, actionTypeId, hasDataSet } = request
  const isAction = field === CommandField.NActionRq
  return commandPdu(contextId, [
    ...text(isAction ? Element.RequestedSopClassUid : Element.AffectedSopClassUid, sopClassUid, '\0'),
    us(Element.CommandField, field),
    us(Element.MessageId, messageId),
    ...(C_REQUESTS_WITH_PRIORITY.includes(field) ? [us(Element.Priority, PRIORITY_MEDIUM)] : []),
    us(Element.CommandDataSetType, hasDataSet ? A_DATA_SET : NO_DATA_SET),
    ...text(isAction ? Element.RequestedSopInstanceUid : Element.AffectedSopInstanceUid, sopInstanceUid, '\0'),
    ...(eventTypeId === undefined ? [] : [us(Element.EventTypeId, eventTypeId)]),
    ...(actionTypeId === undefined ? [] : [us(Element.ActionTypeId, actionTypeId)]),
  ])
}

export type Response = { readonly status: number; readonly comment?: string | undefined }

/** The response to a request, PS3.7 Tables 9.3-2, 9.3-13, 10.3-2 and 10.3-8; `comment` is Error Comment, LO of 64 characters at most. */
export function encodeResponse(contextId: number, request: Command, { status, comment = '' }: Response): Buffer {
  const sopClassUid = request.affectedSopClassUid || request.requestedSopClassUid
  const sopInstanceUid = request.affectedSopInstanceUid || request.requestedSopInstanceUid
  const { eventTypeId, actionTypeId } = request
  return commandPdu(contextId, [
    ...text(Element.AffectedSopClassUid, sopClassUid.slice(0, 64), '\0'),
    us(Element.CommandField, request.field | RESPONSE_BIT),
    us(Element.MessageIdBeingRespondedTo, request.messageId ?? 0),
    us(Element.CommandDataSetType, NO_DATA_SET),
    us(Element.Status, status),
    ...text(Element.ErrorComment, comment.slice(0, 64), ' '),
    ...text(Element.AffectedSopInstanceUid, sopInstanceUid.slice(0, 64), '\0'),
    ...(eventTypeId === undefined ? [] : [us(Element.EventTypeId, eventTypeId)]),
    ...(actionTypeId === undefined ? [] : [us(Element.ActionTypeId, actionTypeId)]),
  ])
}
