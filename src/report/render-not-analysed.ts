import type { ModelIdentity } from '../study/finding.ts'
import { drawCautions } from './draw-caution.ts'
import { BOLD, drawText, fitted, type TextStyle, wrapped } from './draw-text.ts'
import { Colour, type Drawing, fill } from './drawing.ts'
import type { Cause } from './not-analysed.ts'
import { blankPage, type RgbImage } from './page.ts'
import { paint } from './paint.ts'
import { modelText, NO_RESULT, NO_RESULT_BESIDE, NOT_ANALYSED, reasonCodeText } from './wording.ts'

const COLUMNS = 1280
const UNIT = COLUMNS / 100
const MARGIN = 4 * UNIT
const TITLE_HEIGHT = 9.5 * UNIT
const HEADLINE: TextStyle = { size: 4.4 * UNIT, colour: Colour.caution, weight: BOLD }
const BRIGHT: TextStyle = { size: 1.8 * UNIT, colour: Colour.text, weight: 0.13 }
const SMALL: TextStyle = { size: 1.35 * UNIT, colour: Colour.muted }

type Line = { readonly text: string; readonly style: TextStyle; readonly before: number }

function linesOf({ code, words, outcome, beside }: Cause, model: ModelIdentity): readonly Line[] {
  const width = COLUMNS - 2 * MARGIN
  const reason = `${outcome === 'declined' ? 'Not suitable' : 'Failed'}: ${words}.`
  const paragraph = (text: string, style: TextStyle, before: number): Line[] =>
    wrapped(text, style, width).map((line, i) => ({
      text: line,
      style: fitted(line, style, width),
      before: i === 0 ? before : 0.8 * style.size,
    }))
  return [
    { text: NOT_ANALYSED, style: HEADLINE, before: 4.5 * UNIT },
    ...(beside ? paragraph(`By ${modelText(model)}.`, BRIGHT, 2.4 * UNIT) : []),
    ...(beside ? NO_RESULT_BESIDE : NO_RESULT).flatMap((text, i) =>
      paragraph(text, BRIGHT, i === 0 ? 3.4 * UNIT : 1.6 * UNIT),
    ),
    ...paragraph(reason, BRIGHT, 4 * UNIT),
    ...paragraph(reasonCodeText(code), SMALL, 1.8 * UNIT),
    ...paragraph(modelText(model), SMALL, 4 * UNIT),
  ]
}

function drawTitle(y: number): Drawing {
  const style: TextStyle = { size: 2.3 * UNIT, colour: Colour.text, weight: BOLD }
  return [
    ...fill({ x: 0, y, width: COLUMNS, height: TITLE_HEIGHT }, Colour.panel),
    ...drawText('Chest radiograph - AI', { x: MARGIN, y: y + (TITLE_HEIGHT + style.size) / 2 }, style),
  ]
}

/** The page of a study without a result: that it has none, and why. No picture and no patient data. */
export function renderNotAnalysed(cause: Cause, model: ModelIdentity): RgbImage {
  const cautions = drawCautions(model, COLUMNS, UNIT)
  const start: { drawing: Drawing; y: number } = { drawing: [], y: cautions.height + TITLE_HEIGHT }
  const { drawing, y } = linesOf(cause, model).reduce((above, { text, style, before }) => {
    const baseLine = above.y + before + style.size
    return { drawing: [...above.drawing, ...drawText(text, { x: MARGIN, y: baseLine }, style)], y: baseLine }
  }, start)
  const rows = Math.ceil(y + MARGIN)
  const page = blankPage(rows, COLUMNS)
  paint(page, [...cautions.drawing, ...drawTitle(cautions.height), ...drawing])
  return page
}
