import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '../failure.ts'

/**
 * A file without a name that a process shares with its child. Numbers of an image's size stand in it, not in the message:
 * a channel takes them apart into pieces of 64 KB and copies each several times. A message's are read before the next one
 * is written.
 */
export type SharedFile = {
  /** The message, with places in the file for its long arrays; as it was where the file has no room. */
  put(message: unknown): unknown
  /** The message as it was put. @throws Failure CHILD_DIED where it names no such place */
  take(message: unknown): unknown
}

/** Of the child: what follows its three standard streams and the channel. */
export const SHARED_DESCRIPTOR = 4

/** In memory where the system has such a folder. */
const FOLDERS = ['/dev/shm', tmpdir()]

/** Undefined where no folder takes it: messages then carry everything. */
export function openUnnamedFile(): number | undefined {
  for (const folder of FOLDERS) {
    const path = join(folder, `mcads-${randomUUID()}`)
    try {
      const descriptor = openSync(path, 'wx+', 0o600)
      try {
        unlinkSync(path)
        return descriptor
      } catch {
        closeSync(descriptor)
      }
    } catch {
      // The next one may.
    }
  }
  return undefined
}

/** Bytes for which the channel is as good. */
const SHORT = 16 * 1024
const MOST = 256 * 1024 * 1024

const ARRAYS = { Float32Array, Uint8Array } as const
type Numbers = Float32Array | Uint8Array
type Place = { readonly sharedArray: keyof typeof ARRAYS; readonly at: number; readonly bytes: number }

export function sharedFile(descriptor: number): SharedFile {
  return {
    put(message) {
      let end = 0
      return replaced(message, isLong, (numbers) => {
        const place: Place = { sharedArray: nameOf(numbers), at: end, bytes: numbers.byteLength }
        if (!written(descriptor, numbers, end)) return numbers
        end += numbers.byteLength
        return place
      })
    },
    take: (message) => replaced(message, isPlace, (place) => readFrom(descriptor, place)),
  }
}

const nameOf = (numbers: Numbers) => (numbers instanceof Float32Array ? 'Float32Array' : 'Uint8Array')

const isLong = (value: object): value is Numbers =>
  (value instanceof Float32Array || value instanceof Uint8Array) && value.byteLength > SHORT

const isPlace = (value: object): value is Place => 'sharedArray' in value

/** A copy of the objects and arrays of a message in which all that are of a kind are replaced. */
function replaced<T extends object>(
  value: unknown,
  is: (value: object) => value is T,
  by: (value: T) => unknown,
): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (is(value)) return by(value)
  if (Array.isArray(value)) return value.map((each) => replaced(each, is, by))
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, replaced(each, is, by)]))
}

function written(descriptor: number, { buffer, byteOffset, byteLength }: Numbers, at: number): boolean {
  try {
    return writeSync(descriptor, new Uint8Array(buffer, byteOffset, byteLength), 0, byteLength, at) === byteLength
  } catch {
    return false
  }
}

function readFrom(descriptor: number, { sharedArray, at, bytes }: Place): Numbers {
  const kind = Object.hasOwn(ARRAYS, sharedArray) ? ARRAYS[sharedArray] : undefined
  const sound = [at, bytes].every((each) => Number.isSafeInteger(each) && each >= 0) && bytes <= MOST
  if (!kind || !sound || bytes % kind.BYTES_PER_ELEMENT !== 0) throw nowhere()
  const read = new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer)
  if (readSync(descriptor, read, 0, bytes, at) !== bytes) throw nowhere()
  return new kind(read.buffer)
}

const nowhere = () => new Failure('CHILD_DIED', 'the child process shared no such numbers')
