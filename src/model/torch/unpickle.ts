import { Failure } from '../../failure.ts'
import type { ByteReader } from './byte-reader.ts'
import { isKnown } from './known-names.ts'
import { describeValue, type StorageView, type Value } from './python-value.ts'
import { newInstance, persistent, rebuild, setState } from './rebuild.ts'

const MARK = Symbol('mark')
type Slot = Value | typeof MARK
const broken = (message: string) => new Failure('MODEL_INVALID', `the checkpoint is damaged: ${message}`)

/** The unpickler's memory: a stack of values, and those that are mentioned again. */
class Machine {
  readonly read: ByteReader
  readonly onStorage: (storage: StorageView) => void
  readonly #stack: Slot[] = []
  readonly #memo = new Map<number, Value>()

  constructor(read: ByteReader, onStorage: (storage: StorageView) => void) {
    this.read = read
    this.onStorage = onStorage
  }

  push(value: Slot): void {
    this.#stack.push(value)
  }

  pop(): Value {
    const value = this.#stack.pop()
    if (value === undefined || value === MARK) throw broken('its pickle takes what it never gave')
    return value
  }

  top(): Value {
    const value = this.pop()
    this.push(value)
    return value
  }

  /** Everything above the last mark, which goes too. */
  popToMark(): Value[] {
    const at = this.#stack.lastIndexOf(MARK)
    if (at < 0) throw broken('its pickle has no mark')
    const values = this.#stack.splice(at).filter((value): value is Value => value !== MARK)
    return values
  }

  remember(index = this.#memo.size): void {
    this.#memo.set(index, this.top())
  }

  recall(index: number): void {
    const value = this.#memo.get(index)
    if (value === undefined) throw broken('its pickle refers to what it never gave')
    this.push(value)
  }
}

/** @throws Failure MODEL_INVALID for a name that no network of ours needs: the file is then not read any further */
function known(module: string, name: string): Value {
  const full = `${module}.${name}`
  if (isKnown(full)) return { is: 'name', name: full }
  throw new Failure(
    'MODEL_INVALID',
    `the checkpoint holds ${full.slice(0, 120)}, which is no part of a DenseNet or ResNet; nothing of it was run`,
  )
}

function append(target: Value, values: Value[]): void {
  if (!Array.isArray(target)) throw broken(`values are added to ${describeValue(target)}`)
  for (const value of values) target.push(value)
}

function put(target: Value, pairs: Value[]): void {
  if (!(target instanceof Map) || pairs.length % 2 !== 0) throw broken(`pairs are put into ${describeValue(target)}`)
  for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i] ?? null, pairs[i + 1] ?? null)
}

/** Little-endian two's complement of any length. */
function long(bytes: Buffer): Value {
  if (bytes.length === 0) return 0
  const value = BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`))
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

function tupleOf(machine: Machine, length: number): void {
  const values = Array.from({ length }, () => machine.pop()).reverse()
  machine.push(values)
}

const pushing =
  (value: (machine: Machine) => Value) =>
  (machine: Machine): void =>
    machine.push(value(machine))

/** Opcodes of protocols 2 to 4 that PyTorch writes, by their byte (Python's pickletools). */
const OPCODES: Readonly<Record<number, (machine: Machine) => void>> = {
  128: ({ read }) => void read.uint8(), // PROTO
  149: ({ read }) => void read.take(8), // FRAME
  40: (machine) => machine.push(MARK), // MARK
  48: (machine) => void machine.pop(), // POP
  49: (machine) => void machine.popToMark(), // POP_MARK
  50: (machine) => machine.push(machine.top()), // DUP
  78: pushing(() => null), // NONE
  136: pushing(() => true), // NEWTRUE
  137: pushing(() => false), // NEWFALSE
  75: pushing(({ read }) => read.uint8()), // BININT1
  77: pushing(({ read }) => read.uint16()), // BININT2
  74: pushing(({ read }) => read.int32()), // BININT
  138: pushing(({ read }) => long(read.take(read.uint8()))), // LONG1
  71: pushing(({ read }) => read.float64()), // BINFLOAT
  88: pushing(({ read }) => read.text(read.uint32())), // BINUNICODE
  140: pushing(({ read }) => read.text(read.uint8())), // SHORT_BINUNICODE
  84: pushing(({ read }) => read.take(read.uint32()).toString('latin1')), // BINSTRING
  85: pushing(({ read }) => read.take(read.uint8()).toString('latin1')), // SHORT_BINSTRING
  66: pushing(({ read }) => read.take(read.uint32())), // BINBYTES
  67: pushing(({ read }) => read.take(read.uint8())), // SHORT_BINBYTES
  93: pushing(() => []), // EMPTY_LIST
  41: pushing(() => []), // EMPTY_TUPLE
  125: pushing(() => new Map()), // EMPTY_DICT
  143: pushing(() => new Set()), // EMPTY_SET
  116: pushing((machine) => machine.popToMark()), // TUPLE
  108: pushing((machine) => machine.popToMark()), // LIST
  133: (machine) => tupleOf(machine, 1), // TUPLE1
  134: (machine) => tupleOf(machine, 2), // TUPLE2
  135: (machine) => tupleOf(machine, 3), // TUPLE3
  97: (machine) => afterPop(machine, (value) => append(machine.top(), [value])), // APPEND
  101: (machine) => afterMark(machine, (values) => append(machine.top(), values)), // APPENDS
  115: (machine) => afterPop(machine, (value) => afterPop(machine, (key) => put(machine.top(), [key, value]))), // SETITEM
  117: (machine) => afterMark(machine, (pairs) => put(machine.top(), pairs)), // SETITEMS
  144: (machine) => afterMark(machine, (values) => addTo(machine.top(), values)), // ADDITEMS
  99: pushing(({ read }) => known(read.line(), read.line())), // GLOBAL
  147: (machine) => afterPop(machine, (name) => machine.push(known(String(machine.pop()), String(name)))), // STACK_GLOBAL
  82: (machine) => afterPop(machine, (values) => machine.push(rebuild(machine.pop(), values))), // REDUCE
  129: (machine) => afterPop(machine, () => machine.push(newInstance(machine.pop()))), // NEWOBJ
  98: (machine) => afterPop(machine, (state) => setState(machine.top(), state)), // BUILD
  81: pushing((machine) => persistent(machine.pop(), machine.onStorage)), // BINPERSID
  113: (machine) => machine.remember(machine.read.uint8()), // BINPUT
  114: (machine) => machine.remember(machine.read.uint32()), // LONG_BINPUT
  148: (machine) => machine.remember(), // MEMOIZE
  104: (machine) => machine.recall(machine.read.uint8()), // BINGET
  106: (machine) => machine.recall(machine.read.uint32()), // LONG_BINGET
}

function afterPop(machine: Machine, then: (value: Value) => void): void {
  then(machine.pop())
}

function afterMark(machine: Machine, then: (values: Value[]) => void): void {
  then(machine.popToMark())
}

function addTo(target: Value, values: Value[]): void {
  if (!(target instanceof Set)) throw broken(`values are added to ${describeValue(target)}`)
  for (const value of values) target.add(value)
}

const STOP = 0x2e

/**
 * One pickle from `read` on. It is data to us: names are looked up in an allow-list, and no function of the file runs. `onStorage` hears of every storage mentioned.
 * @throws Failure MODEL_INVALID naming what was found
 */
export function unpickle(read: ByteReader, onStorage: (storage: StorageView) => void = () => {}): Value {
  const machine = new Machine(read, onStorage)
  for (let opcode = read.uint8(); opcode !== STOP; opcode = read.uint8()) {
    const act = OPCODES[opcode]
    if (!act)
      throw broken(`its pickle has the opcode ${opcode.toString(16).padStart(2, '0')}h, which PyTorch does not write`)
    act(machine)
  }
  return machine.pop()
}
