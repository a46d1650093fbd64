import type { HeatMap } from '../study/finding.ts'
import type { RgbImage } from './page.ts'
import { type HeatMapPage, renderHeatMap } from './render-heat-map.ts'
import { renderSummary } from './render-summary.ts'
import type { ResultInput } from './result-input.ts'
import { positivesOf } from './wording.ts'

/** What there is to see of one analysed radiograph. */
export type Pages = {
  readonly summary: RgbImage
  /** By label, for each positive finding that has a map; highest score first. */
  readonly heatMaps: ReadonlyMap<string, RgbImage>
  /** All heat maps together, where there are several. */
  readonly combined?: RgbImage
}

/** What is painted of a result. */
export type PagesInput = Pick<
  ResultInput,
  'display' | 'findings' | 'maps' | 'combined' | 'caveats' | 'model' | 'explanation'
>

/** Those of the heat maps: each finding's, highest score first, and last the one of all together. */
export type HeatMapPages = {
  readonly common: Omit<HeatMapPage, 'findings' | 'map'>
  readonly pages: readonly Pick<HeatMapPage, 'findings' | 'map'>[]
}

export function heatMapPages(input: PagesInput): HeatMapPages {
  const { display, caveats, model, explanation = 'gradientWeightedClassActivation' } = input
  const positives = positivesOf(input.findings)
  const mapped = positives.flatMap((finding) => {
    const map: HeatMap | undefined = input.maps.get(finding.label)
    return map ? [{ findings: [finding] as const, map }] : []
  })
  const [first, ...others] = positives
  const together = input.combined && first ? [{ findings: [first, ...others] as const, map: input.combined }] : []
  return { common: { display, caveats, model, explanation }, pages: [...mapped, ...together] }
}

/** All pages, of which those of the heat maps are painted, in the order of `heatMapPages`. */
export function pagesOf(input: PagesInput, summary: RgbImage, painted: readonly RgbImage[]): Pages {
  const { pages } = heatMapPages(input)
  const heatMaps = new Map<string, RgbImage>()
  let combined: RgbImage | undefined
  for (const [i, { findings, map }] of pages.entries()) {
    const image = painted[i]
    if (!image) continue
    if (map === input.combined) combined = image
    else heatMaps.set(findings[0].label, image)
  }
  return { summary, heatMaps, ...(combined && { combined }) }
}

export function renderPages(input: PagesInput): Pages {
  const { common, pages } = heatMapPages(input)
  const painted = pages.map((page) => renderHeatMap({ ...common, ...page }))
  return pagesOf(input, renderSummary(input), painted)
}
