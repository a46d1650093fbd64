import type { Caveat } from '../study/caveat.ts'
import type { Finding, HeatMap, ModelIdentity } from '../study/finding.ts'
import { drawCautions } from './draw-caution.ts'
import { drawCaveats } from './draw-caveats.ts'
import { drawHeatMapFooter, FOOTER_UNITS } from './draw-heat-map-footer.ts'
import { drawCombinedHeader, drawHeatMapHeader, HEADER_UNITS } from './draw-heat-map-header.ts'
import type { Drawing } from './drawing.ts'
import { heatOutline } from './heat-outline.ts'
import { paintRadiograph } from './heat-overlay.ts'
import { blankPage, type RgbImage } from './page.ts'
import { paint } from './paint.ts'
import type { Explanation, GreyImage } from './result-input.ts'
import { scaledGrey } from './scale-grey.ts'
import { LONGEST_SHOWN, sizeWithin } from './shown-size.ts'

/** The radiograph's long side on a page is no shorter, in pixels. */
const SHORTEST = 768
/** Narrower pages have no room for the text. */
const NARROWEST = 768

export type HeatMapPage = {
  readonly display: GreyImage
  /** One finding; or several, whose maps are shown together. */
  readonly findings: readonly [Finding, ...Finding[]]
  readonly map: HeatMap
  readonly caveats: readonly Caveat[]
  readonly model: ModelIdentity
  readonly explanation: Explanation
}

/** The outline that the SR gives as Image Region, light on dark so that it shows on any grey. */
function drawOutline(map: HeatMap, left: number, top: number, size: { rows: number; columns: number }): Drawing {
  const points = heatOutline(map).map(
    ([x, y]) => [left + (x / map.columns) * size.columns, top + (y / map.rows) * size.rows] as const,
  )
  const lines = Float64Array.from(points.slice(1).flatMap((point, i) => [...(points[i] ?? point), ...point]))
  return [{ lines, width: 2, colour: '#ffffff', rim: { width: 4.5, colour: '#000000' } }]
}

/**
 * The page of one finding, or of several together: cautions and score above the radiograph, legend below; nothing is written on the radiograph
 * itself, so its side marker stays visible. No patient data.
 */
export function renderHeatMap({ display, findings, map, caveats, model, explanation }: HeatMapPage): RgbImage {
  const size = sizeWithin(display, SHORTEST, LONGEST_SHOWN)
  const columns = Math.max(size.columns, NARROWEST)
  const unit = columns / 100
  const cautions = drawCautions(model, columns, unit)
  const top = Math.round(cautions.height + HEADER_UNITS * unit)
  const left = Math.floor((columns - size.columns) / 2)
  const notes = drawCaveats(caveats, { x: 0, y: top + size.rows, width: columns }, unit)
  const below = top + size.rows + notes.height
  const rows = Math.round(below + FOOTER_UNITS * unit)
  const box = { x: 0, y: cautions.height, width: columns, height: top - cautions.height }
  const [finding, ...others] = findings
  const header = others.length > 0 ? drawCombinedHeader(findings, box, unit) : drawHeatMapHeader(finding, box, unit)
  const footer = { x: 0, y: below, width: columns, height: rows - below }
  const page = blankPage(rows, columns, size.columns === columns ? { from: top, to: top + size.rows } : undefined)
  paintRadiograph(page, { top, left }, scaledGrey(display, size), map)
  paint(page, [...cautions.drawing, ...header, ...drawOutline(map, left, top, size), ...notes.drawing])
  paint(page, drawHeatMapFooter({ model, map, explanation }, footer, unit))
  return page
}
