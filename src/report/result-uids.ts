import { derivedUid } from '../dicom/derived-uid.ts'
import type { ScCompression } from '../study/result-object.ts'
import type { ResultInput } from './result-input.ts'
import { sourceImage } from './source-image.ts'

/** In what form the pictures come that the other results refer to. */
export type PictureForm = 'none' | 'sc' | 'multi-frame-sc' | `${'sc' | 'multi-frame-sc'} ${'rle' | 'jpeg'}`

export const formOf = (object: 'sc' | 'multi-frame-sc', compression: ScCompression): PictureForm =>
  compression === 'none' ? object : `${object} ${compression}`

/**
 * UIDs of one radiograph's results: the same for the same source, model, settings and node version, so doing the work
 * again makes no second result. The series too depend on all of them: its date and time are those of one analysis.
 * Results that refer to pictures in another form than Secondary Captures have UIDs of their own, as have those pictures.
 */
export function resultUids(
  input: Pick<ResultInput, 'source' | 'model' | 'configHash' | 'node'>,
  pictures: PictureForm = 'sc',
) {
  const { studyInstanceUid, sopInstanceUid } = sourceImage(input.source)
  const { deviceUid } = input.model
  const run = [sopInstanceUid, deviceUid, input.configHash, input.node.version]
  const form = pictures === 'sc' ? [] : [pictures]
  return {
    srSeries: derivedUid('series', 'SR', studyInstanceUid, ...run, ...form),
    scSeries: derivedUid('series', 'SC', studyInstanceUid, ...run, ...form),
    sr: (sopClassUid: string) => derivedUid('instance', sopClassUid, ...run, ...form),
    summary: (sopClassUid: string) => derivedUid('instance', sopClassUid, ...run, 'summary', ...form),
    heatMap: (sopClassUid: string, label: string) =>
      derivedUid('instance', sopClassUid, ...run, 'heat map', label, ...form),
    combined: (sopClassUid: string) => derivedUid('instance', sopClassUid, ...run, 'all heat maps', ...form),
    gspsSeries: derivedUid('series', 'PR', studyInstanceUid, ...run),
    gsps: (sopClassUid: string) => derivedUid('instance', sopClassUid, ...run),
    pdfSeries: derivedUid('series', 'DOC', studyInstanceUid, ...run),
    pdf: (sopClassUid: string) => derivedUid('instance', sopClassUid, ...run),
    tracking: (label: string) => derivedUid('tracking', sopInstanceUid, deviceUid, label),
  }
}
