import { readFile } from 'node:fs/promises'
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
  const part10 = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new Failure('FILE_UNREADABLE', `the instance's file cannot be read: ${error.code}`)
  })
  const header = parseHeader(part10)
  const radiograph = radiographOf(await decodeFrames(part10, { frames: 'first' }), header)
  const { rows, columns } = radiograph
  const shades = shadesOf(radiograph, header, histogramOf(radiograph))
  const { data: tensor, crop } = prepareTensor(radiograph, input, shades)
  const measures = measurePixels(radiograph)
  const whole = { rows, columns, grey: displayGrey(radiograph, shades) }
  return { tensor, crop, measures, rows, columns, display: await shown(whole) }
}

/** What scales is loaded when it is first needed: a child is to start fast. */
async function shown(whole: PreparedImage['display']): Promise<PreparedImage['display']> {
  if (Math.max(whole.rows, whole.columns) <= LONGEST_SHOWN) return whole
  const { scaledGrey } = await import('../report/scale-grey.ts')
  return scaledGrey(whole, sizeWithin(whole, 1, LONGEST_SHOWN))
}
