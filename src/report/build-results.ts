import { SopClass } from '../dicom/sop-classes.ts'
import { encodeInstance, variantsOf } from '../dicom/write-instance.ts'
import type { ResultWish } from '../study/result-object.ts'
import { buildBasicTextSr } from './build-basic-text-sr.ts'
import { buildGsps } from './build-gsps.ts'
import { buildKeyObjectSelection } from './build-key-objects.ts'
import { buildPdf } from './build-pdf.ts'
import { buildCaptures, buildFrames, type PicturePlan, planPictures } from './build-pictures.ts'
import { buildSr, SR_CLASSES } from './build-sr.ts'
import { Concept } from './concepts.ts'
import { type Pages, renderPages } from './render-pages.ts'
import type { ResultInput } from './result-input.ts'
import type { Made, ResultInstance } from './result-instance.ts'
import { resultUids } from './result-uids.ts'
import { referenceTo, sourceImage } from './source-image.ts'
import { KEY_OBJECTS_DESCRIPTION, keyObjectsSeriesDescription } from './wording.ts'

type Wish = Pick<ResultWish, 'name' | 'objects' | 'scCompression'>

/** Pages, or what will have painted them. */
type Painting = Pages | Promise<Pages>

/** Where no destination says what it wants. */
const USUAL: Wish = { name: '', objects: ['sr', 'sc'], scCompression: 'none' }

/** The report in each of its SOP classes, the best first; the others stand in for it, text alone last. */
function reports(input: ResultInput, pictures: PicturePlan): Made[] {
  const uids = resultUids(input, pictures.form)
  const [best = ''] = SR_CLASSES
  const report = buildSr(input, best, pictures.heatMaps, pictures.form)
  const encode = variantsOf(report)
  const inTree = SR_CLASSES.map(
    (sopClassUid): Made => ({
      kind: 'SR',
      sopClassUid,
      sopInstanceUid: uids.sr(sopClassUid),
      seriesInstanceUid: uids.srSeries,
      ...(sopClassUid !== best && { alternativeOf: uids.sr(best) }),
      bytes: encode({ SOPClassUID: sopClassUid, SOPInstanceUID: uids.sr(sopClassUid) }),
    }),
  )
  return [...inTree, { ...basicText(input, pictures), alternativeOf: uids.sr(best) }]
}

function basicText(input: ResultInput, { form }: PicturePlan): Made {
  const uids = resultUids(input, form)
  return {
    kind: 'SR',
    sopClassUid: SopClass.BasicTextSrStorage,
    sopInstanceUid: uids.sr(SopClass.BasicTextSrStorage),
    seriesInstanceUid: uids.srSeries,
    bytes: encodeInstance(buildBasicTextSr(input, form)),
  }
}

/** The radiograph and the pictures as Of Interest. */
const keyObjects = (input: ResultInput, pictures: readonly Made[]): Made =>
  buildKeyObjectSelection({
    ...{ source: input.source, node: input.node, model: input.model, at: input.startedAt },
    title: Concept.OfInterest,
    references: [referenceTo(sourceImage(input.source)), ...pictures],
    description: KEY_OBJECTS_DESCRIPTION,
    seriesDescription: keyObjectsSeriesDescription(input.model),
  })

/** None where there is nothing to outline. */
function presentationState(input: ResultInput): Made[] {
  const dataSet = buildGsps(input)
  const sopClassUid = SopClass.GrayscaleSoftcopyPresentationStateStorage
  const uids = resultUids(input)
  const identity = { sopClassUid, sopInstanceUid: uids.gsps(sopClassUid), seriesInstanceUid: uids.gspsSeries }
  return dataSet ? [{ kind: 'GSPS', ...identity, bytes: encodeInstance(dataSet) }] : []
}

async function pdf(input: ResultInput, pages: Pages): Promise<Made> {
  const sopClassUid = SopClass.EncapsulatedPdfStorage
  const uids = resultUids(input)
  const identity = { sopClassUid, sopInstanceUid: uids.pdf(sopClassUid), seriesInstanceUid: uids.pdfSeries }
  return { kind: 'PDF', ...identity, bytes: encodeInstance(await buildPdf(input, pages)) }
}

/** What one destination gets, in the order to send it; its other objects refer to the pictures that it gets. */
async function objectsFor(input: ResultInput, painting: Painting, wish: Wish): Promise<Made[]> {
  const { objects, scCompression } = wish
  const plan = planPictures(input, wish)
  // Made while the last pages may still be painted.
  const texts = [
    ...(objects.includes('sr') ? reports(input, plan) : []),
    ...(objects.includes('basic-text-sr') ? [basicText(input, plan)] : []),
  ]
  const pages = await painting
  const captures = objects.includes('sc') ? await buildCaptures(input, pages, scCompression) : []
  const frames = objects.includes('multi-frame-sc') ? await buildFrames(input, pages, scCompression) : []
  const pictures = captures.length > 0 ? captures : frames
  return [
    ...[...captures, ...frames, ...texts],
    ...(objects.includes('kos') ? [keyObjects(input, pictures)] : []),
    ...(objects.includes('gsps') ? presentationState(input) : []),
    ...(objects.includes('pdf') ? [await pdf(input, pages)] : []),
  ]
}

/**
 * Everything that goes to destinations for one analysed radiograph, in the order to send it: the summary page, a heat
 * map for each positive finding that has a map (highest score first), the SR that points at them, and what else one of
 * them asks for. The pages are rendered unless that is done elsewhere.
 * @throws Failure RESULT_INVALID
 */
export async function buildResults(
  input: ResultInput,
  wishes: readonly Wish[] = [],
  painting?: Painting,
): Promise<{ instances: ResultInstance[] }> {
  const pages = painting ?? renderPages(input)
  const made = new Map<string, Made[]>()
  const wanted = new Map<string, ResultInstance>()
  for (const wish of wishes.length > 0 ? wishes : [USUAL]) {
    const likeness = [wish.scCompression, ...[...wish.objects].sort()].join()
    const objects = made.get(likeness) ?? (await objectsFor(input, pages, wish))
    made.set(likeness, objects)
    for (const each of objects) {
      const before = wanted.get(each.sopInstanceUid)
      // A text report may both stand in for the SR and be wanted itself.
      const wantedBy = [...(before?.wantedBy ?? []), ...(each.alternativeOf ? [] : [wish.name])]
      const alternativeOf = each.alternativeOf ?? before?.alternativeOf
      wanted.set(each.sopInstanceUid, { ...each, ...(alternativeOf && { alternativeOf }), wantedBy })
    }
  }
  return { instances: [...wanted.values()] }
}
