import { readFileSync } from 'node:fs'
import { displayGrey, shadesOf } from '../dicom/display.ts'
import { parseHeader } from '../dicom/header.ts'
import { histogramOf } from '../dicom/histogram.ts'
import { decodeFrames } from '../dicom/pixels.ts'
import { radiographOf } from '../dicom/radiograph.ts'
import { Failure } from '../failure.ts'
import { prepareTensor } from '../model/prepare-tensor.ts'
import { measurePixels } from '../quality/measure-pixels.ts'
import { LONGEST_SHOWN, sizeWithin } from '../report/shown-size.ts'
import type { Preparation, PreparedImage } from './open-decoder.ts'
import { serveJobs } from './serve-jobs.ts'

/** Also what a decoder throws at a corrupt frame. */
serveJobs<undefined, Preparation, PreparedImage>(async () => prepare, 'PIXELS_UNREADABLE')

async function prepare({ path, input }: Preparation): Promise<PreparedImage> {
  const part10 = readWhole(path)
  const header = parseHeader(part10)
  const radiograph = radiographOf(await decodeFrames(part10, { frames: 'first' }), header)
  const { rows, columns } = radiograph
  const histogram = histogramOf(radiograph)
  const shades = shadesOf(radiograph, header, histogram)
  const { data: tensor, crop } = prepareTensor(radiograph, input, shades)
  const measures = measurePixels(radiograph, histogram)
  const size = sizeWithin(radiograph, 1, LONGEST_SHOWN)
  const display = { ...size, grey: displayGrey(radiograph, shades, size) }
  return { tensor, crop, measures, rows, columns, display }
}

/** At once, not in the many small reads of node:fs/promises: nothing else is to be done here meanwhile. */
function readWhole(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown'
    throw new Failure('FILE_UNREADABLE', `the instance's file cannot be read: ${code}`)
  }
}
