import { Failure } from '../../failure.ts'
import { ByteReader } from './byte-reader.ts'
import { elementBytes } from './known-names.ts'
import type { Value } from './python-value.ts'
import { wholeNumber } from './rebuild.ts'
import { unpickle } from './unpickle.ts'
import { readZipEntries } from './zip-entries.ts'

/** What `torch.save` wrote: `root` refers to storages by key. */
export type Checkpoint = {
  readonly format: 'zip' | 'legacy'
  readonly root: Value
  readonly storages: ReadonlyMap<string, Uint8Array>
}

/** The magic number of PyTorch's legacy format, pickled: PROTO 2, LONG1 of 10 bytes. */
const LEGACY = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex')
const ZIP = Buffer.from('PK\x03\x04', 'latin1')

const invalid = (message: string) => new Failure('MODEL_INVALID', message)

/** What people hand over instead of a checkpoint, by the text or the bytes (hexadecimal) it begins with. */
const OTHERS: [RegExp, string][] = [
  [/^text:$/, 'an empty file'],
  [/^text:\s*</, 'a web page: the download was probably answered by a proxy or a login page'],
  [/^text:version https:\/\/git-lfs/, 'a Git LFS pointer: the file itself was not downloaded'],
  [/^text:.{257}ustar/s, 'a tar archive: PyTorch before 0.1.10 or another program wrote it'],
  [/^text:.{8}\{"/s, 'a safetensors file'],
  [/^hex:1f8b/, 'a gzip file'],
  [/^hex:89484446/, 'an HDF5 file (Keras)'],
  [/^hex:080[1-9a-f]/, 'an ONNX model, it seems'],
  [/^hex:800[2-5]/, 'a Python pickle that torch.save did not write'],
]

function otherwise(bytes: Buffer): Failure {
  const start = [`text:${bytes.toString('latin1', 0, 512)}`, `hex:${bytes.toString('hex', 0, 8)}`]
  const found = OTHERS.find(([pattern]) => start.some((each) => pattern.test(each)))?.[1]
  return invalid(
    `this is no PyTorch checkpoint but ${found ?? `something that begins with ${bytes.toString('hex', 0, 8)}`}`,
  )
}

function readZip(bytes: Uint8Array): Checkpoint {
  const entries = readZipEntries(bytes)
  const pickle = [...entries.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name))
  const folder = pickle?.slice(0, -'data.pkl'.length)
  const data = pickle && entries.get(pickle)
  if (!data) throw invalid('this is a zip archive without data.pkl, so torch.save did not write it')
  if (entries.has(`${folder}constants.pkl`))
    throw invalid('this is a TorchScript archive; a pickled module or a state dictionary is wanted')
  if ((entries.get(`${folder}byteorder`)?.toString('latin1') ?? 'little') !== 'little')
    throw invalid('the checkpoint is big-endian')
  const prefix = `${folder}data/`
  const storages = [...entries].flatMap(([name, stored]): [string, Buffer][] =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), stored]] : [],
  )
  return { format: 'zip', root: unpickle(new ByteReader(data)), storages: new Map(storages) }
}

/** Magic number, version, system, the pickle, the storages' keys, then each storage: its count and its numbers. */
function readLegacy(bytes: Uint8Array): Checkpoint {
  const read = new ByteReader(bytes, LEGACY.length)
  const version = unpickle(read)
  if (version !== 1001) throw invalid(`the checkpoint has the legacy version ${String(version)} instead of 1001`)
  const system = unpickle(read)
  if (system instanceof Map && system.get('little_endian') === false) throw invalid('the checkpoint is big-endian')
  // The raw numbers behind the pickle do not say how long an element is.
  const types = new Map<string, string>()
  const root = unpickle(read, ({ key, type }) => types.set(key, type))
  const keys = unpickle(read)
  const storages = new Map<string, Uint8Array>()
  for (const key of Array.isArray(keys) ? keys : []) {
    const type = types.get(String(key))
    // Of one that nobody refers to the size of an element is not known, nor where the next begins.
    if (type === undefined) throw invalid('the checkpoint is damaged: it has numbers that belong to no tensor')
    storages.set(String(key), read.take(wholeNumber(read.int64()) * (elementBytes(type) ?? 0)))
  }
  return { format: 'legacy', root, storages }
}

/**
 * A file of `torch.save`, zip (since PyTorch 1.6) or legacy; its numbers are views of `bytes`.
 * @throws Failure MODEL_INVALID naming what was found instead
 */
export function readCheckpoint(bytes: Uint8Array): Checkpoint {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (file.subarray(0, ZIP.length).equals(ZIP)) return readZip(file)
  if (file.subarray(0, LEGACY.length).equals(LEGACY)) return readLegacy(file)
  throw otherwise(file)
}
