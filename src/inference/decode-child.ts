import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { displayGrey, shadesOf } from '../dicom/display.ts'
import { parseHeader } from '../dicom/header.ts'
import { histogramOf } from '../dicom/histogram.ts'
import { decodeFrames } from '../dicom/pixels.ts'
import { type Radiograph, radiographOf } from '../dicom/radiograph.ts'
import { errorCode, Failure } from '../failure.ts'
import type { ModelInput } from '../model/manifest-schema.ts'
import type { Shades } from '../model/pixel-levels.ts'
import { prepareTensor } from '../model/prepare-tensor.ts'
import { measurePixels } from '../quality/measure-pixels.ts'
import { LONGEST_SHOWN, sizeWithin } from '../report/shown-size.ts'
import { smallRadiograph } from '../report/small-radiograph.ts'
import type { Preparation, PreparedImage, ViewedImage, Viewing } from './open-decoder.ts'
import { serveJobs } from './serve-jobs.ts'

/** The code is also that of what a decoder throws at a corrupt frame. */
serveJobs<undefined, Preparation | Viewing, PreparedImage | ViewedImage>(async () => {
  let kept: (ReadImage & { readonly path: string }) | undefined
  return async (job) => {
    const before = kept?.path === job.path ? kept : undefined
    // Where the next file is read, this one stood.
    kept = undefined
    const image = before ?? (await readImage(job.path))
    if (!('input' in job)) return view(image)
    kept = { ...image, path: job.path }
    return prepare(image, job.input)
  }
}, 'PIXELS_UNREADABLE')

type ReadImage = {
  readonly radiograph: Radiograph
  readonly histogram: () => Uint32Array
  readonly shades: () => Shades
}

async function readImage(path: string): Promise<ReadImage> {
  const part10 = readWhole(path)
  const header = parseHeader(part10)
  const radiograph = radiographOf(await decodeFrames(part10, { frames: 'first' }), header)
  const histogram = once(() => histogramOf(radiograph))
  return { radiograph, histogram, shades: once(() => shadesOf(radiograph, header, histogram())) }
}

/** Not before it is wanted, and then kept. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function prepare({ radiograph, shades }: ReadImage, input: ModelInput): PreparedImage {
  const { rows, columns } = radiograph
  const { data: tensor, crop } = prepareTensor(radiograph, input, input.profile === 'window' ? shades() : undefined)
  return { tensor, crop, rows, columns }
}

function view({ radiograph, histogram, shades }: ReadImage): ViewedImage {
  const size = sizeWithin(radiograph, 1, LONGEST_SHOWN)
  const display = { ...size, grey: displayGrey(radiograph, shades(), size) }
  return { measures: measurePixels(radiograph, histogram()), display: { ...display, small: smallRadiograph(display) } }
}

/** Of one file after the other: new memory for each would have the collector at work beside the model. */
let room = Buffer.alloc(0)
const LARGEST_KEPT = 64 * 2 ** 20

/** At once, not in the many small reads of node:fs/promises: nothing else is to be done here meanwhile. Good until the next one. */
function readWhole(path: string): Buffer {
  try {
    const descriptor = openSync(path, 'r')
    try {
      return readInto(descriptor, fstatSync(descriptor).size)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    throw new Failure('FILE_UNREADABLE', `the instance's file cannot be read: ${errorCode(error) ?? 'unknown'}`)
  }
}

function readInto(descriptor: number, size: number): Buffer {
  const memory = room.length >= size ? room : Buffer.allocUnsafeSlow(size)
  if (size <= LARGEST_KEPT) room = memory
  let end = 0
  for (let read = -1; read !== 0 && end < size; end += read) read = readSync(descriptor, memory, end, size - end, end)
  return memory.subarray(0, end)
}
