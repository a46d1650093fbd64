import type { DataSet } from '../../src/dicom/data-set.ts'
import { encodeDataSet } from '../../src/dicom/write-data-set.ts'
import { parseAssociationRequest } from '../../src/dimse/association-request.ts'
import { type Command, CommandField, parseCommand } from '../../src/dimse/command.ts'
import {
  type CommitmentReport,
  type CommitmentRequest,
  parseCommitmentRequest,
  reportDataSet,
} from '../../src/dimse/commitment-data-set.ts'
import { parseMessageDataSet } from '../../src/dimse/message-data-set.ts'
import {
  ABORT,
  associateAc,
  associateRq,
  COMMAND,
  callScripted,
  command,
  EXPLICIT,
  LAST,
  listenScripted,
  pData,
  RELEASE_RP,
  response,
  roleSelection,
  type ScriptedPeer,
  STORAGE_COMMITMENT,
  STORAGE_COMMITMENT_INSTANCE,
} from './scripted-peer.ts'

const PENDING = 0xff00

/** To a C-STORE: this status; or no answer, a closed connection, an A-ABORT. */
type StoreAnswer = number | 'silence' | 'close' | 'abort'

export type Behaviour = {
  /** SOP classes that it does not accept; storage commitment and queries among them. */
  refuses: readonly string[]
  /** `before`: how often this instance was offered before. */
  onStore(stored: { sopInstanceUid: string; sopClassUid: string; before: number }): StoreAnswer
  /** The status of an N-ACTION. */
  onCommit: number
  /** Which of what it took it has lost again. */
  loses(sopInstanceUid: string): boolean
  /** When it reports: at once over the same association, over one of its own to this port, or when told to. */
  reports: 'same' | { port: number } | 'when told'
  /** Patient ID and Accession Number of a study, where it knows it. */
  identity: DataSet | undefined
}

/** A PACS that says exactly what it is told to, over raw PDUs, and keeps account of what it is asked. */
export async function scriptedPacs(
  behaviour: Partial<Behaviour> = {},
): Promise<Pacs & { port: number; report(request: CommitmentRequest, to: number): Promise<number | undefined> }> {
  const does: Behaviour = {
    refuses: [],
    onStore: () => 0,
    onCommit: 0,
    loses: () => false,
    reports: 'same',
    identity: undefined,
    ...behaviour,
  }
  const pacs: Pacs = { does, offered: [], classes: [], kept: new Set(), requests: [], proposed: [] }
  const port = await listenScripted((peer) => serve(pacs, peer))
  return { ...pacs, port, report: (request, to) => reportAnew(pacs, request, to) }
}

type Pacs = {
  readonly does: Behaviour
  /** SOP Instance UIDs of all C-STORE requests, in order, and the classes they were offered in. */
  readonly offered: string[]
  readonly classes: string[]
  /** What it took. */
  readonly kept: Set<string>
  readonly requests: CommitmentRequest[]
  /** The abstract syntaxes of each association. */
  readonly proposed: string[][]
}
type Message = { contextId: number; command: Command; dataSet: Buffer }

async function serve(pacs: Pacs, peer: ScriptedPeer): Promise<void> {
  const asked = await peer.next()
  if (asked?.type !== 1) return void peer.socket.destroy()
  const { contexts } = parseAssociationRequest(asked.body)
  pacs.proposed.push(contexts.map(({ abstractSyntax }) => abstractSyntax))
  const isTaken = (each: (typeof contexts)[number]) =>
    !pacs.does.refuses.includes(each.abstractSyntax) && each.transferSyntaxes.includes(EXPLICIT)
  peer.send(
    associateAc(contexts.map((each) => ({ id: each.id, result: isTaken(each) ? 0 : 3, transferSyntax: EXPLICIT }))),
  )
  for (let message = await hear(peer); message; message = await hear(peer)) await answer(pacs, peer, message)
}

/** The next message; a release or an end of the connection is dealt with. */
async function hear(peer: ScriptedPeer): Promise<Message | undefined> {
  let head: { contextId: number; command: Command } | undefined
  const parts: Buffer[] = []
  for (;;) {
    const heard = await peer.next(60_000)
    if (heard?.type === 5) peer.send(RELEASE_RP).socket.end()
    if (heard?.type !== 4) return undefined
    const [contextId, control, value] = [heard.body.readUInt8(4), heard.body.readUInt8(5), heard.body.subarray(6)]
    if ((control & COMMAND) !== 0) head = { contextId, command: parseCommand(value) }
    else parts.push(Buffer.from(value))
    const complete = (control & LAST) !== 0 && ((control & COMMAND) === 0 || !head?.command.hasDataSet)
    if (head && complete) return { ...head, dataSet: Buffer.concat(parts) }
  }
}

async function answer(pacs: Pacs, peer: ScriptedPeer, message: Message): Promise<void> {
  const { contextId, command: asked, dataSet } = message
  const respond = (status: number) => peer.send(response(asked.field | 0x8000, asked.messageId ?? 0, status, contextId))
  if (asked.field === CommandField.CEchoRq) respond(0)
  if (asked.field === CommandField.CStoreRq) store(pacs, peer, asked, respond)
  if (asked.field === CommandField.CFindRq) {
    for (const match of matches(pacs, dataSet)) {
      const head = command({ field: 0x8020, respondingTo: asked.messageId ?? 0, status: PENDING, dataSet: true })
      peer.send(pData(contextId, COMMAND | LAST, head), pData(contextId, LAST, encodeDataSet(match)))
    }
    respond(0)
  }
  if (asked.field === CommandField.NActionRq) {
    const request = parseCommitmentRequest(parseMessageDataSet(dataSet, EXPLICIT))
    pacs.requests.push(request)
    respond(pacs.does.onCommit)
    if (pacs.does.onCommit !== 0) return
    const { reports } = pacs.does
    if (reports === 'same') await tell(peer, contextId, reportOf(pacs, request))
    else if (typeof reports === 'object') void reportAnew(pacs, request, reports.port)
  }
}

function store(pacs: Pacs, peer: ScriptedPeer, asked: Command, respond: (status: number) => void): void {
  const { affectedSopInstanceUid: sopInstanceUid, affectedSopClassUid: sopClassUid } = asked
  const before = pacs.offered.filter((each) => each === sopInstanceUid).length
  pacs.offered.push(sopInstanceUid)
  pacs.classes.push(sopClassUid)
  const said = pacs.does.onStore({ sopInstanceUid, sopClassUid, before })
  if (said === 'close') peer.socket.destroy()
  else if (said === 'abort') peer.send(ABORT).socket.end()
  else if (said !== 'silence') {
    if (said === 0 || said >> 12 === 0xb) pacs.kept.add(sopInstanceUid)
    respond(said)
  }
}

function matches(pacs: Pacs, dataSet: Buffer): DataSet[] {
  const identifier = parseMessageDataSet(dataSet, EXPLICIT)
  if (identifier.string('QueryRetrieveLevel') === 'STUDY')
    return pacs.does.identity ? [{ QueryRetrieveLevel: 'STUDY', ...pacs.does.identity }] : []
  const present = [...pacs.kept].filter((uid) => !pacs.does.loses(uid))
  return present.map((SOPInstanceUID) => ({ QueryRetrieveLevel: 'IMAGE', SOPInstanceUID }))
}

function reportOf(pacs: Pacs, { transactionUid, instances }: CommitmentRequest): CommitmentReport {
  const isKept = (uid: string) => pacs.kept.has(uid) && !pacs.does.loses(uid)
  return {
    transactionUid,
    kept: instances.filter(({ sopInstanceUid }) => isKept(sopInstanceUid)),
    failed: instances
      .filter(({ sopInstanceUid }) => !isKept(sopInstanceUid))
      .map((each) => ({ ...each, reason: 0x0112 })),
  }
}

/** N-EVENT-REPORT; resolves with the status of its response. */
async function tell(peer: ScriptedPeer, contextId: number, report: CommitmentReport): Promise<number | undefined> {
  const head = command({
    ...{ field: 0x100, messageId: 1, sopClass: STORAGE_COMMITMENT, sopInstance: STORAGE_COMMITMENT_INSTANCE },
    ...{ eventType: report.failed.length > 0 ? 2 : 1, dataSet: true },
  })
  peer.send(pData(contextId, COMMAND | LAST, head), pData(contextId, LAST, encodeDataSet(reportDataSet(report))))
  return peer.status()
}

/** Over an association of its own, as the SCP. */
async function reportAnew(pacs: Pacs, request: CommitmentRequest, port: number): Promise<number | undefined> {
  const peer = await callScripted(port)
  const contexts = [{ id: 1, abstractSyntax: STORAGE_COMMITMENT, transferSyntaxes: [EXPLICIT] }]
  peer.send(associateRq({ calling: 'PACS', contexts, user: [roleSelection(STORAGE_COMMITMENT, 0, 1)] }))
  await peer.next()
  const status = await tell(peer, 1, reportOf(pacs, request))
  peer.socket.end()
  return status
}
