import type { RgbImage } from './page.ts'
import { renderHeatMap } from './render-heat-map.ts'
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

export async function renderPages(input: ResultInput): Promise<Pages> {
  const { display, findings, caveats, model } = input
  const explanation = input.explanation ?? 'gradientWeightedClassActivation'
  const common = { display, caveats, model, explanation }
  const heatMaps = new Map<string, RgbImage>()
  for (const finding of positivesOf(findings)) {
    const map = input.maps.get(finding.label)
    if (map) heatMaps.set(finding.label, await renderHeatMap({ ...common, findings: [finding], map }))
  }
  const summary = await renderSummary({ display, findings, caveats, model })
  const [first, ...others] = positivesOf(findings)
  if (!input.combined || !first) return { summary, heatMaps }
  const combined = await renderHeatMap({ ...common, findings: [first, ...others], map: input.combined })
  return { summary, heatMaps, combined }
}
