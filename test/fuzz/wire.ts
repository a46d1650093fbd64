import fc from 'fast-check'
import {
  associateAc,
  associateRq,
  cEchoRq,
  cStoreRq,
  item,
  pData,
  pdu,
  pdv,
  RELEASE_RQ,
} from '../support/scripted-peer.ts'

/** What peers send, right and wrong: arbitraries of PDUs, association items, commands and fragments. */

export const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array))

const digits = fc.stringMatching(/^[0-9]{1,8}(\.[0-9]{1,8}){0,5}$/)
/** Mostly what is known, then UIDs, then anything. */
export const name = fc.oneof(
  fc.constantFrom('1.2.840.10008.1.1', '1.2.840.10008.5.1.4.1.1.1.1', '1.2.840.10008.1.2', '1.2.840.10008.1.2.1'),
  digits,
  bytes(80).map((any) => any.toString('latin1')),
)
const latin1 = (text: string) => Buffer.from(text, 'latin1')

/** A value in an item of a type that is known, or of any. */
const anyItem = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(0x10, 0x20, 0x21, 0x30, 0x40, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x58),
      fc.nat(255),
    ),
    bytes(60),
  )
  .map(([type, value]) => item(type, value))

function contextItem(id: number, abstractSyntaxes: string[], transferSyntaxes: string[], more: Buffer[] = []): Buffer {
  const syntaxes = [
    ...abstractSyntaxes.map((each) => item(0x30, latin1(each))),
    ...transferSyntaxes.map((each) => item(0x40, latin1(each))),
  ]
  return item(0x20, Buffer.concat([Buffer.from([id, 0, 0, 0]), ...syntaxes, ...more]))
}

const context = fc
  .record({
    id: fc.oneof(
      fc.nat(127).map((half) => 2 * half + 1),
      fc.nat(255),
    ),
    abstractSyntaxes: fc.array(name, { minLength: 0, maxLength: 2 }),
    transferSyntaxes: fc.array(name, { maxLength: 5 }),
    more: fc.array(anyItem, { maxLength: 2 }),
  })
  .map(({ id, abstractSyntaxes, transferSyntaxes, more }) => contextItem(id, abstractSyntaxes, transferSyntaxes, more))

const uint16 = (value: number) => Buffer.from([value >> 8, value & 0xff])
const sized = (value: Buffer) => Buffer.concat([uint16(value.length), value])

const roleSelection = fc
  .tuple(name, fc.nat(3), fc.nat(3))
  .map(([uid, scu, scp]) => item(0x54, Buffer.concat([sized(latin1(uid)), Buffer.from([scu, scp])])))
const userIdentity = fc
  .tuple(fc.nat(8), fc.nat(1), bytes(40), bytes(40))
  .map(([type, wanted, first, second]) =>
    item(0x58, Buffer.concat([Buffer.from([type, wanted]), sized(first), sized(second)])),
  )
const maximumLength = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((value) => item(0x51, value))

const userInformation = fc
  .array(fc.oneof(maximumLength, roleSelection, userIdentity, anyItem), { maxLength: 6 })
  .map((items) => item(0x50, Buffer.concat(items)))

const rightContext = (id: number) =>
  fc
    .tuple(name, fc.array(name, { minLength: 1, maxLength: 4 }))
    .filter(([abstractSyntax]) => /[^\0 ]/.test(abstractSyntax))
    .map(([abstractSyntax, transferSyntaxes]) => contextItem(id, [abstractSyntax], transferSyntaxes))
const rightContexts = fc.tuple(...[1, 3, 5, 7].map(rightContext))
const userItems = fc.array(fc.oneof(roleSelection, maximumLength), { maxLength: 4 })
const rightUserInformation = userItems.map((items) => item(0x50, Buffer.concat(items)))

/** The body of an A-ASSOCIATE-RQ or -AC: its fixed fields, then items. */
export const associationBody = fc
  .tuple(
    fc.uint8Array({ minLength: 68, maxLength: 68 }),
    fc.oneof(
      fc.tuple(rightContexts, rightUserInformation).map(([contexts, user]) => [...contexts, user]),
      fc.array(fc.oneof(context, userInformation, anyItem), { maxLength: 8 }),
    ),
  )
  .map(([fixed, items]) => Buffer.concat([fixed, ...items]))

/** Some bytes of it changed, or cut off. */
export const mutated = (whole: fc.Arbitrary<Buffer>) =>
  fc
    .tuple(whole, fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 }), fc.nat(4))
    .map(([one, changes, cut]) => {
      const copy = Buffer.from(one)
      for (const [at, value] of changes) if (copy.length > 0) copy.writeUInt8(value, at % copy.length)
      return cut === 0 ? copy.subarray(0, Math.floor(copy.length / 2)) : copy
    })

function element(number: number, value: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt16LE(number, 2)
  head.writeUInt32LE(value.length, 4)
  return Buffer.concat([head, value])
}

/** Element numbers that mean something, and others, with values of any length. */
const commandElement = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(0, 2, 3, 0x100, 0x110, 0x120, 0x700, 0x800, 0x900, 0x902, 0x1000, 0x1001, 0x1002, 0x1008),
      fc.nat(0xffff),
    ),
    fc.oneof(fc.uint8Array({ minLength: 2, maxLength: 2 }), bytes(70)),
  )
  .map(([number, value]) => element(number, Buffer.from(value)))
const commandField = fc.constantFrom(0x0001, 0x0020, 0x0030, 0x0100, 0x0130, 0x0fff, 0x8001).map((field) => {
  return element(0x0100, Buffer.from([field & 0xff, field >> 8]))
})
const elements = fc.array(commandElement, { maxLength: 10 })
export const commandSet = fc.oneof(
  elements.map((some) => Buffer.concat(some)),
  fc.tuple(elements, commandField).map(([some, field]) => Buffer.concat([...some, field])),
)

const valid = fc.constantFrom(
  associateRq(),
  associateAc([{ id: 1, result: 0, transferSyntax: '1.2.840.10008.1.2' }]),
  cEchoRq(),
  cStoreRq(),
  pData(1, 2, Buffer.alloc(300)),
  RELEASE_RQ,
)
const pdvs = fc
  .array(fc.tuple(fc.constantFrom(1, 3, 5, 77), fc.nat(3), fc.oneof(bytes(60), commandSet)), {
    minLength: 1,
    maxLength: 5,
  })
  .map((fragments) => pdu(4, Buffer.concat(fragments.map(([id, control, value]) => pdv(id, control, value)))))

/** A PDU: right, nearly right, or with a length that lies. */
export const anyPdu = fc.oneof(
  valid,
  pdvs,
  mutated(fc.oneof(valid, pdvs)),
  associationBody.map((body) => pdu(1, body)),
  fc.tuple(fc.nat(9), bytes(100), fc.nat(200)).map(([type, body, length]) => pdu(type, body, length)),
  bytes(200),
)
