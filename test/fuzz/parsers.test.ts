import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toImplicitVr } from '../../src/dicom/implicit-vr.ts'
import { encodeDataSet } from '../../src/dicom/write-data-set.ts'
import { parseAssociationAccept } from '../../src/dimse/association-accept.ts'
import { parseAssociationRequest } from '../../src/dimse/association-request.ts'
import { parseCommand } from '../../src/dimse/command.ts'
import { parseCommitmentReport, parseCommitmentRequest, requestDataSet } from '../../src/dimse/commitment-data-set.ts'
import { parseMessageDataSet } from '../../src/dimse/message-data-set.ts'
import { MessageReader } from '../../src/dimse/message-reader.ts'
import { negotiate } from '../../src/dimse/negotiation.ts'
import { type PduName, ProtocolError } from '../../src/dimse/pdu.ts'
import { PduReader, type Pdv } from '../../src/dimse/pdu-reader.ts'
import { Failure } from '../../src/failure.ts'
import { parseUid } from '../../src/study/identifiers.ts'
import { fuzz } from './cases.ts'
import { anyPdu, associationBody, bytes, commandSet, mutated, name } from './wire.ts'

const MAXIMUM = 131_072
/** No parser is to take longer over a PDU than this, on a busy machine too. */
const LONGEST_MS = 1000

/** What it gives, or undefined when it refuses; anything thrown but a refusal fails. */
function refusing<T>(parse: () => T): T | undefined {
  const began = performance.now()
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof ProtocolError || error instanceof Failure)) throw error
    return undefined
  } finally {
    expect(performance.now() - began).toBeLessThan(LONGEST_MS)
  }
}

/** What a reader tells of a stream that comes in these chunks, pieces of one PDV put together; and whether it refused. */
function read(chunks: readonly Buffer[]): string[] {
  const told: string[] = []
  let value = ''
  const reader = new PduReader(
    {
      begin: (pdu: PduName) => void told.push(`begin ${pdu}`),
      control: (pdu: PduName, body: Buffer) => void told.push(`${pdu} ${body.toString('hex')}`),
      value({ contextId, isCommand, isLast }: Pdv, part: Buffer, complete: boolean) {
        value += part.toString('hex')
        if (!complete) return
        told.push(`PDV ${contextId} ${isCommand} ${isLast} ${value}`)
        value = ''
      },
    },
    MAXIMUM,
  )
  const whole = refusing(() => {
    for (const chunk of chunks) reader.push(chunk)
    return 'taken'
  })
  return [...told, whole ?? 'refused']
}

const stream = fc.array(anyPdu, { minLength: 1, maxLength: 6 }).map((pdus) => Buffer.concat(pdus))

test('PDUs: a stream is told, or refused, the same however the network cuts it', async () => {
  await fuzz('PDU streams', 22, fc.tuple(stream, fc.array(fc.nat(), { maxLength: 30 })), ([whole, cuts]) => {
    const at = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length]
    const chunks = at.slice(1).map((end, nth) => whole.subarray(at[nth], end))
    const told = read([whole])
    expect(read(chunks)).toEqual(told)
    return told.at(-1) === 'taken'
  })
}, 700_000)

const PRINTABLE = /^[\x20-\x7e]*$/

test('an A-ASSOCIATE-RQ is read with odd IDs used once and printable names, or refused', async () => {
  await fuzz('A-ASSOCIATE-RQ', 22, fc.oneof(associationBody, mutated(associationBody)), (body) => {
    const request = refusing(() => (body.length < 68 ? undefined : parseAssociationRequest(body)))
    if (!request) return false
    const ids = request.contexts.map(({ id }) => id)
    expect(ids.every((id) => id % 2 === 1) && new Set(ids).size === ids.length).toBe(true)
    const { callingAeTitle, calledAeTitle, implementationVersionName, contexts } = request
    const names = contexts.flatMap(({ abstractSyntax, transferSyntaxes }) => [abstractSyntax, ...transferSyntaxes])
    for (const text of [callingAeTitle, calledAeTitle, implementationVersionName, ...names])
      expect(text).toMatch(PRINTABLE)
    return true
  })
}, 700_000)

test('an A-ASSOCIATE-AC is read, or refused', async () => {
  await fuzz('A-ASSOCIATE-AC', 8, fc.oneof(associationBody, mutated(associationBody)), (body) => {
    return refusing(() => (body.length < 68 ? undefined : parseAssociationAccept(body))) !== undefined
  })
}, 700_000)

const proposal = fc.uniqueArray(
  fc.record({
    id: fc.nat(127).map((half) => 2 * half + 1),
    abstractSyntax: name,
    transferSyntaxes: fc.array(name, { minLength: 1, maxLength: 6 }),
  }),
  { selector: ({ id }) => id, minLength: 1, maxLength: 20 },
)
const offer = fc.record({ abstractSyntaxes: fc.array(name), transferSyntaxes: fc.array(name) })

test('presentation contexts: each is answered once, and what is accepted was proposed and is offered', async () => {
  await fuzz('presentation contexts', 10, fc.tuple(proposal, offer), ([proposed, offered]) => {
    const answers = negotiate(proposed, offered)
    expect(answers.map(({ id }) => id)).toEqual(proposed.map(({ id }) => id))
    answers.forEach(({ result, transferSyntax }, nth) => {
      expect(result === 0).toBe(transferSyntax !== undefined)
      if (transferSyntax !== undefined) expect(proposed[nth]?.transferSyntaxes).toContain(transferSyntax)
    })
    return answers.some(({ result }) => result === 0)
  })
}, 700_000)

test('a command set is read, or refused', async () => {
  await fuzz('command sets', 18, fc.oneof(commandSet, mutated(commandSet), bytes(200)), (set) => {
    const command = refusing(() => parseCommand(set))
    if (command) expect(Number.isInteger(command.field)).toBe(true)
    return command !== undefined
  })
}, 700_000)

const fragment = fc.record({
  contextId: fc.constantFrom(1, 3, 5),
  isCommand: fc.boolean(),
  isLast: fc.boolean(),
  value: fc.oneof(commandSet, bytes(100)),
})

test('fragments: every message that is told has its command first, and its data set on the same context', async () => {
  await fuzz('sequences of PDVs', 12, fc.array(fragment, { maxLength: 12 }), (fragments) => {
    const told: string[] = []
    const reader = new MessageReader((id) => id < 5, {
      command: (contextId, { hasDataSet }) =>
        void told.push(hasDataSet ? `command ${contextId}` : `whole ${contextId}`),
      data: () => void told.push('data'),
      complete: () => void told.push('complete'),
    })
    const taken = refusing(() => {
      for (const { value, ...pdv } of fragments) reader.read(pdv, value, true)
      return true
    })
    expect(told.join(' ')).toMatch(/^(whole [13] complete ?|command [13] (data )*complete ?)*(command [13]( data)*)?$/)
    return taken === true
  })
}, 700_000)

const COMMITMENT = requestDataSet({
  transactionUid: parseUid('1.2.3'),
  instances: [{ sopClassUid: parseUid('1.2.3.4'), sopInstanceUid: parseUid('1.2.3.4.5') }],
})
const syntaxes = fc.constantFrom('1.2.840.10008.1.2', '1.2.840.10008.1.2.1')

test('the data set of a storage commitment is read, or refused', async () => {
  const right = Buffer.from(encodeDataSet(COMMITMENT))
  const dataSet = fc.oneof(bytes(300), mutated(fc.constantFrom(right, toImplicitVr(right))), fc.constant(right))
  await fuzz('commitment data sets', 4, fc.tuple(dataSet, syntaxes), ([set, syntax]) => {
    refusing(() => parseCommitmentReport(parseMessageDataSet(set, syntax)))
    return refusing(() => parseCommitmentRequest(parseMessageDataSet(set, syntax))) !== undefined
  })
}, 700_000)
