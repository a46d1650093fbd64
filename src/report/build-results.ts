import type { DataSet } from '../dicom/data-set.ts'
import { SopClass } from '../dicom/sop-classes.ts'
import { encodeInstance } from '../dicom/write-instance.ts'
import type { ResultWish } from '../study/result-object.ts'
import { buildKeyObjectSelection } from './build-key-objects.ts'
import { buildCombinedSc, buildHeatMapSc, buildSummarySc } from './build-sc.ts'
import { buildSr, SR_CLASSES } from './build-sr.ts'
import { Concept } from './concepts.ts'
import { type Pages, renderPages } from './render-pages.ts'
import type { ResultInput } from './result-input.ts'
import type { ResultInstance } from './result-instance.ts'
import { type PictureForm, resultUids } from './result-uids.ts'
import { referenceTo, sourceImage } from './source-image.ts'
import { COMBINED, KEY_OBJECTS_DESCRIPTION, keyObjectsSeriesDescription, positivesOf } from './wording.ts'

type Made = Omit<ResultInstance, 'wantedBy'>
type Wish = Pick<ResultWish, 'name' | 'objects'>

/** Where no destination says what it wants. */
const USUAL: Wish = { name: '', objects: ['sr', 'sc'] }

function secondaryCapture(input: ResultInput, sopInstanceUid: string, dataSet: DataSet, label?: string): Made {
  return {
    kind: 'SC',
    sopClassUid: SopClass.SecondaryCaptureImageStorage,
    sopInstanceUid,
    seriesInstanceUid: resultUids(input).scSeries,
    ...(label !== undefined && { label }),
    bytes: encodeInstance(dataSet),
  }
}

/** The summary page, a heat map for each positive finding that has a map, and all maps together where there are several. */
function pictures(input: ResultInput, { summary, heatMaps, combined }: Pages): Made[] {
  const uids = resultUids(input)
  const uid = uids.summary(SopClass.SecondaryCaptureImageStorage)
  const captures = [secondaryCapture(input, uid, buildSummarySc(input, summary))]
  for (const finding of positivesOf(input.findings)) {
    const image = heatMaps.get(finding.label)
    if (!image) continue
    const heatMapUid = uids.heatMap(SopClass.SecondaryCaptureImageStorage, finding.label)
    const dataSet = buildHeatMapSc(input, finding, image, captures.length + 1)
    captures.push(secondaryCapture(input, heatMapUid, dataSet, finding.label))
  }
  if (!combined) return captures
  const dataSet = buildCombinedSc(input, combined, captures.length + 1)
  return [...captures, secondaryCapture(input, uids.combined(SopClass.SecondaryCaptureImageStorage), dataSet, COMBINED)]
}

/** The report in each of its SOP classes, the best first; the others stand in for it. */
function reports(input: ResultInput, form: PictureForm, captures: readonly Made[]): Made[] {
  const uids = resultUids(input, form)
  const heatMaps = new Map(
    captures.flatMap((each) => (each.label === undefined || each.label === COMBINED ? [] : [[each.label, each]])),
  )
  const [best = ''] = SR_CLASSES
  return SR_CLASSES.map((sopClassUid) => ({
    kind: 'SR',
    sopClassUid,
    sopInstanceUid: uids.sr(sopClassUid),
    seriesInstanceUid: uids.srSeries,
    ...(sopClassUid !== best && { alternativeOf: uids.sr(best) }),
    bytes: encodeInstance(buildSr(input, sopClassUid, heatMaps, form)),
  }))
}

/** The radiograph and the pictures as Of Interest. */
const keyObjects = (input: ResultInput, captures: readonly Made[]): Made =>
  buildKeyObjectSelection({
    ...{ source: input.source, node: input.node, model: input.model, at: input.startedAt },
    title: Concept.OfInterest,
    references: [referenceTo(sourceImage(input.source)), ...captures],
    description: KEY_OBJECTS_DESCRIPTION,
    seriesDescription: keyObjectsSeriesDescription(input.model),
  })

/**
 * Everything that goes to destinations for one analysed radiograph, in the order to send it: the summary page, a heat
 * map for each positive finding that has a map (highest score first), the SR that points at them, and what else one of
 * them asks for.
 * `pages` are rendered unless they are there already.
 * @throws Failure RESULT_INVALID
 */
export async function buildResults(
  input: ResultInput,
  wishes: readonly Wish[] = [],
  pages?: Pages,
): Promise<{ instances: ResultInstance[] }> {
  const captures = pictures(input, pages ?? (await renderPages(input)))
  const wanted = new Map<string, ResultInstance>()
  const add = (made: readonly Made[], name: string) => {
    for (const each of made) {
      const wantedBy = each.alternativeOf ? [] : [...(wanted.get(each.sopInstanceUid)?.wantedBy ?? []), name]
      wanted.set(each.sopInstanceUid, { ...each, wantedBy })
    }
  }
  for (const { name, objects } of wishes.length > 0 ? wishes : [USUAL]) {
    const shown = objects.includes('sc') ? captures : []
    add(shown, name)
    if (objects.includes('sr')) add(reports(input, objects.includes('sc') ? 'sc' : 'none', shown), name)
    if (objects.includes('kos')) add([keyObjects(input, shown)], name)
  }
  return { instances: [...wanted.values()] }
}
