import type { Caveat } from '../study/caveat.ts'
import type { Finding, ModelIdentity } from '../study/finding.ts'
import { drawCautions } from './draw-caution.ts'
import { drawScoreList, scoreListHeight } from './draw-score-list.ts'
import { BOLD, drawText, fitted, type TextStyle, wrapped } from './draw-text.ts'
import { Colour, type Drawing, fill } from './drawing.ts'
import { paintRadiograph } from './heat-overlay.ts'
import { blankPage, type RgbImage } from './page.ts'
import { paint } from './paint.ts'
import type { DisplayImage } from './result-input.ts'
import { smallRadiograph } from './small-radiograph.ts'
import { caveatText, modelText, NOT_EXCLUDED, NOT_REVIEWED } from './wording.ts'

const COLUMNS = 1280
const UNIT = COLUMNS / 100
const MARGIN = 2.5 * UNIT
const TITLE_HEIGHT = 9.5 * UNIT
const LIST_LEFT = 36 * UNIT

export type SummaryPage = {
  readonly display: DisplayImage
  readonly findings: readonly Finding[]
  readonly caveats: readonly Caveat[]
  readonly model: ModelIdentity
}

/** A paragraph; returns where the next may begin. */
function paragraph(text: string, y: number, style: TextStyle): { drawing: Drawing; end: number } {
  const width = LIST_LEFT - MARGIN - 4 * UNIT
  const lines = wrapped(text, style, width)
  const pitch = style.size * 1.75
  return {
    drawing: lines.flatMap((line, i) =>
      drawText(line, { x: MARGIN, y: y + style.size + i * pitch }, fitted(line, style, width)),
    ),
    end: y + lines.length * pitch + 1.2 * UNIT,
  }
}

function drawNotes(model: ModelIdentity, caveats: readonly Caveat[], top: number): { drawing: Drawing; end: number } {
  const small: TextStyle = { size: 1.25 * UNIT, colour: Colour.muted }
  const bright: TextStyle = { ...small, colour: Colour.text }
  const notes: readonly (readonly [string, TextStyle])[] = [
    ...caveats.map((each): readonly [string, TextStyle] => [caveatText(each), { ...bright, colour: Colour.caution }]),
    [NOT_EXCLUDED, { ...bright, weight: 0.15 }],
    [NOT_REVIEWED, bright],
    [modelText(model), bright],
    [model.intendedUse, small],
  ]
  const start: { drawing: Drawing; end: number } = { drawing: [], end: top }
  return notes.reduce(({ drawing, end }, [text, style]) => {
    const next = paragraph(text, end, style)
    return { drawing: [...drawing, ...next.drawing], end: next.end }
  }, start)
}

function drawTitle(findings: readonly Finding[], y: number): Drawing {
  const count = findings.filter(({ positive }) => positive).length
  const title = 'Chest radiograph - AI score summary'
  const counted = `At or above the operating point: ${count === 0 ? 'none' : count} of ${findings.length}`
  const style: TextStyle = { size: 1.6 * UNIT, colour: count > 0 ? Colour.positive : Colour.text, weight: 0.14 }
  return [
    ...fill({ x: 0, y, width: COLUMNS, height: TITLE_HEIGHT }, Colour.panel),
    ...drawText(title, { x: MARGIN, y: y + 4.3 * UNIT }, { size: 2.3 * UNIT, colour: Colour.text, weight: BOLD }),
    ...drawText(counted, { x: MARGIN, y: y + 7.6 * UNIT }, fitted(counted, style, COLUMNS - 2 * MARGIN)),
  ]
}

/** All scores of one radiograph on one page, with the radiograph small. No patient data. */
export function renderSummary({ display, findings, caveats, model }: SummaryPage): RgbImage {
  const small = display.small ?? smallRadiograph(display)
  const cautions = drawCautions(model, COLUMNS, UNIT)
  const top = Math.round(cautions.height + TITLE_HEIGHT + 2.5 * UNIT)
  const notes = drawNotes(model, caveats, top + small.rows + 2 * UNIT)
  const list = { x: LIST_LEFT, y: top, width: COLUMNS - LIST_LEFT - MARGIN, height: scoreListHeight(findings, UNIT) }
  const rows = Math.ceil(Math.max(notes.end, top + list.height) + MARGIN)
  const page = blankPage(rows, COLUMNS)
  paintRadiograph(page, { top, left: Math.round(MARGIN) }, small)
  paint(page, [...cautions.drawing, ...drawTitle(findings, cautions.height), ...notes.drawing])
  paint(page, drawScoreList(findings, list, UNIT))
  return page
}
