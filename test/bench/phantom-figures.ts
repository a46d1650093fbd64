import { drawPhantom } from '../../src/model/phantom.ts'
import { PHANTOM_LABELS, type PhantomLabel } from '../../src/model/phantom-findings.ts'
import { sigmoid } from '../../src/model/score.ts'
import { auroc, type PhantomModel, pointsInto } from './measure-model.ts'

/** Training draws from seeds 0 to 11 999, validation from 100 000 to 100 999. */
export const FIRST_TEST_SEED = 1_000_000

export type LabelFigures = { label: PhantomLabel; positives: number; auroc: number; focal: number; pointed: number }
export type Figures = { cases: number; labels: LabelFigures[]; macroAuroc: number; pointingAccuracy: number }

type Case = { outputs: number[]; drawn: Map<PhantomLabel, boolean | undefined> }

/** Draws one phantom at its full size and asks the model; per drawn finding whether its heat map points at it. */
async function runCase(model: PhantomModel, seed: number): Promise<Case> {
  const phantom = drawPhantom({ seed })
  const answer = await model.answer(phantom)
  const drawn = new Map<PhantomLabel, boolean | undefined>()
  for (const { label, boxes, focal } of phantom.findings) {
    const map = focal ? model.heatMap(phantom, answer, PHANTOM_LABELS.indexOf(label)) : undefined
    drawn.set(label, map && pointsInto(map, boxes))
  }
  return { outputs: Array.from(answer.logits, sigmoid), drawn }
}

/** The figures on `count` phantoms from unseen seeds. Pointing counts every focal finding drawn, whatever its score. */
export async function measure(model: PhantomModel, count: number, tell: (done: number) => void): Promise<Figures> {
  const cases: Case[] = []
  for (let i = 0; i < count; i++) {
    cases.push(await runCase(model, FIRST_TEST_SEED + i))
    tell(cases.length)
  }
  const labels = PHANTOM_LABELS.map((label, place): LabelFigures => {
    const scored = cases.map(({ outputs, drawn }) => ({ positive: drawn.has(label), score: outputs[place] ?? 0 }))
    const shown = cases.map(({ drawn }) => drawn.get(label)).filter((pointed) => pointed !== undefined)
    const positives = scored.filter(({ positive }) => positive).length
    return { label, positives, auroc: auroc(scored), focal: shown.length, pointed: shown.filter(Boolean).length }
  })
  const sum = (value: (one: LabelFigures) => number) => labels.reduce((total, one) => total + value(one), 0)
  return {
    cases: count,
    labels,
    macroAuroc: sum((one) => one.auroc) / labels.length,
    pointingAccuracy: sum((one) => one.pointed) / sum((one) => one.focal),
  }
}
