import { Failure } from '../../failure.ts'
import { describeValue, type PythonObject, type StoredTensor, type Value } from './python-value.ts'
import type { Checkpoint } from './read-checkpoint.ts'
import { type Tensor, tensorOf } from './tensor.ts'

/** A network's numbers by the names PyTorch gives them, `features.conv0.weight`. */
export type Parameters = {
  readonly tensors: ReadonlyMap<string, Tensor>
  /** ε of each batch normalisation by its name, where the checkpoint says it. */
  readonly epsilons: ReadonlyMap<string, number>
}

const DEEPEST = 32
const MOST_MODULES = 100_000

const isObject = (value: Value | undefined): value is PythonObject =>
  typeof value === 'object' && value !== null && 'is' in value && value.is === 'object'
const isTensor = (value: Value | undefined): value is StoredTensor =>
  typeof value === 'object' && value !== null && 'is' in value && value.is === 'tensor'

type Found = { readonly tensors: Map<string, StoredTensor>; readonly epsilons: Map<string, number>; modules: number }

/** A module's own parameters and buffers, then those of the modules in it. */
function walkModule(module: PythonObject, prefix: string, found: Found, depth = 0): void {
  if (depth > DEEPEST || ++found.modules > MOST_MODULES)
    throw new Failure('MODEL_INVALID', 'the checkpoint is damaged: its modules have no end')
  const { attributes } = module
  const epsilon = attributes.get('eps')
  if (typeof epsilon === 'number') found.epsilons.set(prefix.slice(0, -1), epsilon)
  for (const kind of ['_parameters', '_buffers']) {
    const named = attributes.get(kind)
    if (!(named instanceof Map)) continue
    for (const [name, value] of named) if (isTensor(value)) found.tensors.set(`${prefix}${String(name)}`, value)
  }
  const modules = attributes.get('_modules')
  if (!(modules instanceof Map)) return
  for (const [name, child] of modules)
    if (isObject(child)) walkModule(child, `${prefix}${String(name)}.`, found, depth + 1)
}

function find(root: Value): Found {
  const found: Found = { tensors: new Map(), epsilons: new Map(), modules: 0 }
  if (isObject(root)) walkModule(root, '', found)
  if (root instanceof Map)
    for (const [name, value] of root) if (typeof name === 'string' && isTensor(value)) found.tensors.set(name, value)
  if (found.tensors.size > 0) return found
  throw new Failure(
    'MODEL_INVALID',
    `the checkpoint holds ${describeValue(root)}; a network as a whole or its state dictionary is wanted`,
  )
}

/** Buffers that count training steps say nothing about the network. */
const COUNTER = /(^|\.)num_batches_tracked$/
/** What a wrapper puts before every name. */
const WRAPPERS = /^(?:module\.|model\.)+/

/**
 * Every parameter and buffer of a pickled module or of a state dictionary.
 * @throws Failure MODEL_INVALID when the checkpoint holds neither
 */
export function parametersOf({ root, storages }: Checkpoint): Parameters {
  const { tensors, epsilons } = find(root)
  const bare = (name: string) => name.replace(WRAPPERS, '')
  const numbers = [...tensors].flatMap(([name, stored]): [string, Tensor][] =>
    COUNTER.test(name) ? [] : [[bare(name), tensorOf(bare(name), stored, storages)]],
  )
  return {
    tensors: new Map(numbers),
    epsilons: new Map([...epsilons].map(([name, epsilon]) => [bare(name), epsilon])),
  }
}
