import { derivedUid } from '../dicom/derived-uid.ts'
import type { ResultInput } from './result-input.ts'
import { sourceImage } from './source-image.ts'

/**
 * UIDs of one radiograph's results: the same for the same source, model, settings and node version, so doing the work
 * again makes no second result. The series too depend on all of them: its date and time are those of one analysis.
 */
export function resultUids(input: Pick<ResultInput, 'source' | 'model' | 'configHash' | 'node'>) {
  const { studyInstanceUid, sopInstanceUid } = sourceImage(input.source)
  const { deviceUid } = input.model
  const run = [sopInstanceUid, deviceUid, input.configHash, input.node.version]
  return {
    srSeries: derivedUid('series', 'SR', studyInstanceUid, ...run),
    scSeries: derivedUid('series', 'SC', studyInstanceUid, ...run),
    sr: (sopClassUid: string) => derivedUid('instance', sopClassUid, ...run),
    summary: (sopClassUid: string) => derivedUid('instance', sopClassUid, ...run, 'summary'),
    heatMap: (sopClassUid: string, label: string) => derivedUid('instance', sopClassUid, ...run, 'heat map', label),
    tracking: (label: string) => derivedUid('tracking', sopInstanceUid, deviceUid, label),
  }
}
