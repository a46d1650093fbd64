import type { DataSet } from '../dicom/data-set.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import { encodeInstance } from '../dicom/write-instance.ts'
import { buildHeatMapSc, buildSummarySc } from './build-sc.ts'
import { buildSr, srSopClass } from './build-sr.ts'
import type { InstanceReference } from './content-item.ts'
import { renderHeatMap } from './render-heat-map.ts'
import { renderSummary } from './render-summary.ts'
import type { ResultInput } from './result-input.ts'
import { resultUids } from './result-uids.ts'
import { positivesOf } from './wording.ts'

/** One result instance; `bytes` is its Part 10 file, `label` the finding of a heat map. */
export type ResultInstance = {
  readonly kind: 'SR' | 'SC'
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly seriesInstanceUid: string
  readonly label?: string
  readonly bytes: Uint8Array
}

type Uids = ReturnType<typeof resultUids>

const secondaryCapture = (uids: Uids, sopInstanceUid: string, dataSet: DataSet, label?: string): ResultInstance => ({
  kind: 'SC',
  sopClassUid: SopClass.SecondaryCaptureImageStorage,
  sopInstanceUid,
  seriesInstanceUid: uids.scSeries,
  ...(label !== undefined && { label }),
  bytes: encodeInstance(dataSet),
})

async function heatMaps(input: ResultInput, uids: Uids): Promise<ResultInstance[]> {
  const explanation = input.explanation ?? 'gradientWeightedClassActivation'
  const captures: ResultInstance[] = []
  for (const finding of positivesOf(input.findings)) {
    const map = input.maps.get(finding.label)
    if (!map) continue
    const page = await renderHeatMap({ display: input.display, finding, map, model: input.model, explanation })
    const dataSet = buildHeatMapSc(input, finding, page, captures.length + 2)
    const uid = uids.heatMap(SopClass.SecondaryCaptureImageStorage, finding.label)
    captures.push(secondaryCapture(uids, uid, dataSet, finding.label))
  }
  return captures
}

/**
 * Everything that goes to the PACS for one analysed radiograph, in the order to send it: the summary page, a heat map
 * for each positive finding that has a map (highest score first), and the SR that points at them.
 * @throws Failure RESULT_INVALID
 */
export async function buildResults(input: ResultInput): Promise<{ instances: ResultInstance[] }> {
  const uids = resultUids(input)
  const { display, findings, model } = input
  const page = await renderSummary({ display, findings, model })
  const uid = uids.summary(SopClass.SecondaryCaptureImageStorage)
  const summary = secondaryCapture(uids, uid, buildSummarySc(input, page))
  const captures = await heatMaps(input, uids)
  const references = new Map<string, InstanceReference>(
    captures.flatMap(({ label, ...instance }) => (label === undefined ? [] : [[label, instance]])),
  )
  const sopClassUid = srSopClass(input)
  const sr: ResultInstance = {
    kind: 'SR',
    sopClassUid,
    sopInstanceUid: uids.sr(sopClassUid),
    seriesInstanceUid: uids.srSeries,
    bytes: encodeInstance(buildSr(input, references)),
  }
  return { instances: [summary, ...captures, sr] }
}
