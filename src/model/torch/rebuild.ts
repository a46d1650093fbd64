import { Failure } from '../../failure.ts'
import { elementBytes, isClass, isIgnored } from './known-names.ts'
import {
  describeValue,
  type PythonName,
  type PythonObject,
  type StorageView,
  type StoredTensor,
  type Value,
} from './python-value.ts'

const broken = (message: string) => new Failure('MODEL_INVALID', `the checkpoint is damaged: ${message}`)

export function wholeNumber(value: Value | undefined): number {
  const number = typeof value === 'bigint' ? Number(value) : value
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number
  throw broken('a size is no whole number')
}

function sizes(value: Value | undefined): number[] {
  if (Array.isArray(value)) return value.map(wholeNumber)
  throw broken("a tensor's shape is no list")
}

function isOf<Kind extends string>(value: Value | undefined, is: Kind): value is Extract<Value, { is: Kind }> {
  return typeof value === 'object' && value !== null && 'is' in value && value.is === is
}

function tensor([storage, offset, shape, strides]: Value[]): StoredTensor {
  if (!isOf(storage, 'storage')) throw broken('a tensor has no storage')
  const made = { storage, offset: wholeNumber(offset), shape: sizes(shape), strides: sizes(strides) }
  if (made.shape.length !== made.strides.length) throw broken("a tensor's shape and strides differ")
  return { is: 'tensor', ...made }
}

function dictionary([pairs]: Value[]): Map<Value, Value> {
  if (pairs === undefined) return new Map()
  if (!Array.isArray(pairs)) throw broken('a dictionary is not made of pairs')
  return new Map(
    pairs.map((pair): [Value, Value] => (Array.isArray(pair) ? [pair[0] ?? null, pair[1] ?? null] : [pair, null])),
  )
}

const list = ([values]: Value[]): Value[] => (Array.isArray(values) ? values : [])
const parameter = ([data]: Value[]): Value => data ?? null

/** What calling each known name gives here. */
const MADE: Readonly<Record<string, (values: Value[]) => Value>> = {
  'collections.OrderedDict': dictionary,
  '__builtin__.set': (values) => new Set(list(values)),
  'builtins.set': (values) => new Set(list(values)),
  'torch.Size': list,
  'torch._utils._rebuild_tensor': tensor,
  'torch._utils._rebuild_tensor_v2': tensor,
  'torch._utils._rebuild_parameter': parameter,
  'torch.nn.parameter.Parameter': parameter,
}

/** `name(*values)` as a pickle asks for it, by a table: nothing is called that stands in the file. */
export function rebuild(callee: Value, values: Value): Value {
  if (!isOf(callee, 'name') || !Array.isArray(values)) throw broken(`${describeValue(callee)} is no function`)
  const make = Object.hasOwn(MADE, callee.name) ? MADE[callee.name] : undefined
  if (make) return make(values)
  if (isIgnored(callee.name) || isClass(callee.name)) return instance(callee)
  throw broken(`${callee.name} is no function`)
}

const instance = ({ name }: PythonName): PythonObject => ({ is: 'object', name, attributes: new Map() })

/** A new instance of a known class, empty. */
export function newInstance(callee: Value): Value {
  if (!isOf(callee, 'name')) throw broken(`${describeValue(callee)} is no class`)
  if (callee.name === 'collections.OrderedDict') return new Map()
  if (isClass(callee.name) || isIgnored(callee.name)) return instance(callee)
  throw broken(`${callee.name} is no class`)
}

/** Gives an instance its attributes; a dictionary's own attributes (`_metadata`) are of no use here. */
export function setState(target: Value, state: Value): void {
  if (!isOf(target, 'object')) return
  for (const part of Array.isArray(state) ? state : [state]) {
    if (!(part instanceof Map)) continue
    for (const [key, value] of part) if (typeof key === 'string') target.attributes.set(key, value)
  }
}

/** What PyTorch keeps outside the pickle: numbers, and (legacy) classes with their source, which is not looked at. */
export function persistent(id: Value, onStorage: (storage: StorageView) => void): Value {
  const [kind, type, key, , count, view] = Array.isArray(id) ? id : []
  if (kind === 'module' && isOf(type, 'name')) return type
  if (kind !== 'storage' || !isOf(type, 'name') || elementBytes(type.name) === undefined)
    throw broken(`it refers to ${describeValue(type ?? id)} outside its pickle`)
  if (typeof key !== 'string') throw broken('a storage has no key')
  const part = Array.isArray(view) ? { offset: wholeNumber(view[1]), count: wholeNumber(view[2]) } : undefined
  const whole = { offset: 0, count: wholeNumber(count) }
  const storage: StorageView = { is: 'storage', type: type.name, key, ...(part ?? whole) }
  onStorage(storage)
  return storage
}
