/** How good the default model is on simulated radiographs it has not seen. `npm run bench:model -- --cases N` */
import { parseArgs } from 'node:util'
import { openPhantomModel } from './measure-model.ts'
import { FIRST_TEST_SEED, type Figures, measure } from './phantom-figures.ts'

const LEAST_MACRO_AUROC = 0.95
const LEAST_POINTING = 0.8

function print({ labels, macroAuroc, pointingAccuracy, cases }: Figures, seconds: number) {
  console.log(
    `${cases} phantoms, seeds ${FIRST_TEST_SEED} to ${FIRST_TEST_SEED + cases - 1}, ${seconds.toFixed(0)} s\n`,
  )
  console.log(`${'label'.padEnd(28)}drawn   AUROC  pointed at`)
  for (const { label, positives, auroc, focal, pointed } of labels) {
    const pointing = focal ? `${pointed}/${focal}` : 'diffuse'
    console.log(`${label.padEnd(28)}${String(positives).padStart(5)}   ${auroc.toFixed(3)}  ${pointing.padStart(10)}`)
  }
  const verdict = (value: number, least: number) => (value >= least ? 'met' : 'MISSED')
  console.log(
    `\nmacro AUROC       ${macroAuroc.toFixed(4)}  (bar ${LEAST_MACRO_AUROC}: ${verdict(macroAuroc, LEAST_MACRO_AUROC)})`,
  )
  console.log(
    `pointing accuracy ${pointingAccuracy.toFixed(4)}  (bar ${LEAST_POINTING}: ${verdict(pointingAccuracy, LEAST_POINTING)})`,
  )
}

const { values } = parseArgs({ options: { cases: { type: 'string', default: '400' } } })
const began = performance.now()
const figures = await measure(await openPhantomModel(), Number(values.cases), (done) => {
  if (done % 100 === 0) console.error(`${done} phantoms`)
})
print(figures, (performance.now() - began) / 1000)
const met = figures.macroAuroc >= LEAST_MACRO_AUROC && figures.pointingAccuracy >= LEAST_POINTING
process.exitCode = met ? 0 : 1
