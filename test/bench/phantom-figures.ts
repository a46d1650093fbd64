import type { Model } from '../../src/inference/open-model.ts'
import { drawPhantom } from '../../src/model/phantom.ts'
import { PHANTOM_LABELS, type PhantomLabel } from '../../src/model/phantom-findings.ts'
import { findingsOf } from '../../src/model/score.ts'
import type { Finding } from '../../src/study/finding.ts'
import { ask, auroc, heatMap, pointsInto } from './measure-model.ts'

/** Training drew from seeds 0 to 8 999, validation from 100 000 to 100 999. */
export const FIRST_TEST_SEED = 1_000_000

type LabelFigures = {
  label: PhantomLabel
  drawn: number
  auroc: number
  /** Called positive at the operating point: of those drawn, and of the others. */
  found: number
  falselyFound: number
  focal: number
  pointed: number
}
export type Figures = { cases: number; labels: LabelFigures[]; macroAuroc: number; pointingAccuracy: number }

/** What was drawn: for a focal finding whether the heat map points at it. */
type Case = { findings: Finding[]; drawn: Map<PhantomLabel, boolean | undefined> }

async function runCase(model: Model, seed: number): Promise<Case> {
  const phantom = drawPhantom({ seed })
  const answer = await ask(model, phantom)
  const drawn = new Map<PhantomLabel, boolean | undefined>()
  for (const { label, boxes, focal } of phantom.findings) {
    const map = focal ? heatMap(model, phantom, answer, PHANTOM_LABELS.indexOf(label)) : undefined
    drawn.set(label, map && pointsInto(map, phantom, boxes))
  }
  return { findings: findingsOf(answer.outputs, model.manifest.labels), drawn }
}

function figuresOf(label: PhantomLabel, cases: Case[]): LabelFigures {
  const scored = cases.map(({ findings, drawn }) => {
    const finding = findings.find((each) => each.label === label)
    return { positive: drawn.has(label), score: finding?.score ?? 0, called: finding?.positive ?? false }
  })
  const pointing = cases.map(({ drawn }) => drawn.get(label)).filter((pointed) => pointed !== undefined)
  const count = (positive: boolean) => scored.filter((each) => each.called && each.positive === positive).length
  return {
    label,
    drawn: scored.filter(({ positive }) => positive).length,
    auroc: auroc(scored),
    found: count(true),
    falselyFound: count(false),
    focal: pointing.length,
    pointed: pointing.filter(Boolean).length,
  }
}

/** The figures on full-size phantoms from unseen seeds. Pointing counts every focal finding drawn, whatever its score. */
export async function measure(model: Model, count: number, tell: (done: number) => void): Promise<Figures> {
  const cases: Case[] = []
  for (let i = 0; i < count; i++) {
    cases.push(await runCase(model, FIRST_TEST_SEED + i))
    tell(cases.length)
  }
  const labels = PHANTOM_LABELS.map((label) => figuresOf(label, cases))
  const sum = (value: (one: LabelFigures) => number) => labels.reduce((total, one) => total + value(one), 0)
  return {
    cases: count,
    labels,
    macroAuroc: sum((one) => one.auroc) / labels.length,
    pointingAccuracy: sum((one) => one.pointed) / sum((one) => one.focal),
  }
}
