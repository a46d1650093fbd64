import { SopClass } from '../dicom/sop-classes.ts'
import { encodeInstance } from '../dicom/write-instance.ts'
import type { ScCompression } from '../study/result-object.ts'
import { buildMultiFrameSc } from './build-multi-frame-sc.ts'
import { buildCombinedSc, buildHeatMapSc, buildSummarySc } from './build-sc.ts'
import { codePixels } from './code-pixels.ts'
import type { ListedInstance } from './content-item.ts'
import type { Pages } from './render-pages.ts'
import type { ResultInput } from './result-input.ts'
import type { Made } from './result-instance.ts'
import { formOf, type PictureForm, resultUids } from './result-uids.ts'
import { COMBINED, positivesOf } from './wording.ts'

/** Pictures in one form, and where in them the heat map of each finding is. */
export type Pictures = {
  readonly form: PictureForm
  readonly made: readonly Made[]
  readonly heatMaps: ReadonlyMap<string, ListedInstance>
}

export const NO_PICTURES: Pictures = { form: 'none', made: [], heatMaps: new Map() }

const SC = SopClass.SecondaryCaptureImageStorage
const MULTI_FRAME_SC = SopClass.MultiFrameTrueColorSecondaryCaptureImageStorage

/** The summary page, a heat map for each positive finding that has a map, and all maps together where there are several. */
export async function buildCaptures(input: ResultInput, pages: Pages, compression: ScCompression): Promise<Pictures> {
  const form = formOf('sc', compression)
  const uids = resultUids(input, form)
  const maps = positivesOf(input.findings).flatMap((finding) => {
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
  const heatMaps = made.flatMap((each): [string, Made][] =>
    each.label === undefined || each.label === COMBINED ? [] : [[each.label, each]],
  )
  return { form, made, heatMaps: new Map(heatMaps) }
}

/** The same pages as the frames of one object. */
export async function buildFrames(input: ResultInput, pages: Pages, compression: ScCompression): Promise<Pictures> {
  const form = formOf('multi-frame-sc', compression)
  const { dataSet, frames, labels } = buildMultiFrameSc(input, pages, form)
  const coded = await codePixels(dataSet, frames, compression)
  const uids = resultUids(input, form)
  const instance = {
    sopClassUid: MULTI_FRAME_SC,
    sopInstanceUid: uids.summary(MULTI_FRAME_SC),
    seriesInstanceUid: uids.scSeries,
  }
  const { transferSyntaxUid } = coded
  const heatMaps = labels.flatMap((label, i): [string, ListedInstance][] =>
    pages.heatMaps.has(label) ? [[label, { ...instance, frame: i + 1 }]] : [],
  )
  const bytes = encodeInstance(coded.dataSet, transferSyntaxUid)
  return { form, made: [{ kind: 'SC', ...instance, transferSyntaxUid, bytes }], heatMaps: new Map(heatMaps) }
}
