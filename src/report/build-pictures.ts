import { SopClass } from '../dicom/sop-classes.ts'
import { encodeInstance } from '../dicom/write-instance.ts'
import type { ResultWish, ScCompression } from '../study/result-object.ts'
import { buildMultiFrameSc } from './build-multi-frame-sc.ts'
import { buildCombinedSc, buildHeatMapSc, buildSummarySc } from './build-sc.ts'
import { codePixels } from './code-pixels.ts'
import type { ListedInstance } from './content-item.ts'
import type { Pages } from './render-pages.ts'
import type { ResultInput } from './result-input.ts'
import type { Made } from './result-instance.ts'
import { formOf, type PictureForm, resultUids } from './result-uids.ts'
import { COMBINED, positivesOf } from './wording.ts'

/** In what form pictures come, and where in them the heat map of each finding is. */
export type PicturePlan = { readonly form: PictureForm; readonly heatMaps: ReadonlyMap<string, ListedInstance> }

type Wish = Pick<ResultWish, 'objects' | 'scCompression'>

const SC = SopClass.SecondaryCaptureImageStorage
const MULTI_FRAME_SC = SopClass.MultiFrameTrueColorSecondaryCaptureImageStorage

/** Positive findings that have a map, highest score first. */
const mapped = ({ findings, maps }: ResultInput) => positivesOf(findings).filter(({ label }) => maps.has(label))

/** Known before they are painted: what else there is may refer to them. */
export function planPictures(input: ResultInput, { objects, scCompression }: Wish): PicturePlan {
  const object = objects.includes('sc') ? 'sc' : 'multi-frame-sc'
  if (!objects.includes(object)) return { form: 'none', heatMaps: new Map() }
  const form = formOf(object, scCompression)
  const uids = resultUids(input, form)
  const listed = mapped(input).map(({ label }, i): [string, ListedInstance] => {
    const series = { seriesInstanceUid: uids.scSeries }
    if (object === 'sc') return [label, { ...series, sopClassUid: SC, sopInstanceUid: uids.heatMap(SC, label) }]
    // The summary is the first frame.
    return [
      label,
      { ...series, sopClassUid: MULTI_FRAME_SC, sopInstanceUid: uids.summary(MULTI_FRAME_SC), frame: i + 2 },
    ]
  })
  return { form, heatMaps: new Map(listed) }
}

/** The summary page, a heat map for each positive finding that has a map, and all maps together where there are several. */
export async function buildCaptures(input: ResultInput, pages: Pages, compression: ScCompression): Promise<Made[]> {
  const form = formOf('sc', compression)
  const uids = resultUids(input, form)
  const maps = mapped(input).flatMap((finding) => {
    const image = pages.heatMaps.get(finding.label)
    return image ? [{ finding, image }] : []
  })
  const drafts = [
    {
      uid: uids.summary(SC),
      label: undefined,
      image: pages.summary,
      dataSet: buildSummarySc(input, pages.summary, form),
    },
    ...maps.map(({ finding, image }, i) => ({
      uid: uids.heatMap(SC, finding.label),
      label: finding.label,
      image,
      dataSet: buildHeatMapSc(input, finding, image, i + 2, form),
    })),
    ...(pages.combined
      ? [
          {
            uid: uids.combined(SC),
            label: COMBINED,
            image: pages.combined,
            dataSet: buildCombinedSc(input, pages.combined, maps.length + 2, form),
          },
        ]
      : []),
  ]
  const made: Made[] = []
  for (const { uid, label, image, dataSet } of drafts) {
    const coded = await codePixels(dataSet, [image], compression)
    made.push({
      ...{ kind: 'SC', sopClassUid: SC, sopInstanceUid: uid, seriesInstanceUid: uids.scSeries },
      transferSyntaxUid: coded.transferSyntaxUid,
      ...(label !== undefined && { label }),
      bytes: encodeInstance(coded.dataSet, coded.transferSyntaxUid, image.room),
    })
  }
  return made
}

/** The same pages as the frames of one object. */
export async function buildFrames(input: ResultInput, pages: Pages, compression: ScCompression): Promise<Made[]> {
  const form = formOf('multi-frame-sc', compression)
  const { dataSet, frames } = buildMultiFrameSc(input, pages, form)
  const coded = await codePixels(dataSet, frames, compression)
  const uids = resultUids(input, form)
  const instance = {
    sopClassUid: MULTI_FRAME_SC,
    sopInstanceUid: uids.summary(MULTI_FRAME_SC),
    seriesInstanceUid: uids.scSeries,
  }
  const { transferSyntaxUid } = coded
  return [{ kind: 'SC', ...instance, transferSyntaxUid, bytes: encodeInstance(coded.dataSet, transferSyntaxUid) }]
}
