/** A name that a pickle may mention: never code, only which of ours to use instead. */
export type PythonName = { readonly is: 'name'; readonly name: string }

/** An instance of a known class: its attributes, and nothing of what it could do. */
export type PythonObject = { readonly is: 'object'; readonly name: string; readonly attributes: Map<string, Value> }

/** Where a tensor's numbers lie: `count` elements of `type` from `offset` on in the storage with this key. */
export type StorageView = {
  readonly is: 'storage'
  readonly type: string
  readonly key: string
  readonly offset: number
  readonly count: number
}

/** `offset` and `strides` count elements of the storage. */
export type StoredTensor = {
  readonly is: 'tensor'
  readonly storage: StorageView
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

/** What a pickle holds: tuples and lists are arrays, dictionaries maps. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Value[]
  | Map<Value, Value>
  | Set<Value>
  | PythonName
  | PythonObject
  | StorageView
  | StoredTensor

/** What kind of thing it is, for people who chose the wrong file. */
export function describeValue(value: Value): string {
  if (value === null) return 'None'
  if (typeof value !== 'object') return `a ${typeof value}`
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (value instanceof Map) return describeDictionary(value)
  if (value instanceof Set) return 'a set'
  if (value instanceof Uint8Array) return 'bytes'
  return value.is === 'object' || value.is === 'name' ? value.name : `a ${value.is}`
}

function describeDictionary(map: Map<Value, Value>): string {
  const keys = [...map.keys()].filter((key) => typeof key === 'string')
  const some = keys.slice(0, 5).map((key) => key.slice(0, 60))
  return `a dictionary of ${map.size} (${some.join(', ')}${keys.length > some.length ? ', …' : ''})`
}
