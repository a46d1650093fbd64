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
  console.log(`${'label'.padEnd(28)}AUROC   drawn  found  false  pointed at`)
  for (const { label, drawn, auroc, found, falselyFound, focal, pointed } of labels) {
    const counts = [drawn, found, falselyFound].map((count) => String(count).padStart(7)).join('')
    const pointing = focal ? `${pointed}/${focal}` : 'diffuse'
    console.log(`${label.padEnd(28)}${auroc.toFixed(3)} ${counts}  ${pointing.padStart(10)}`)
  }
  const verdict = (value: number, least: number) =>
    `${value.toFixed(4)}  (bar ${least}: ${value >= least ? 'met' : 'MISSED'})`
  console.log(`\nmacro AUROC       ${verdict(macroAuroc, LEAST_MACRO_AUROC)}`)
  console.log(`pointing accuracy ${verdict(pointingAccuracy, LEAST_POINTING)}`)
}

const { values } = parseArgs({ options: { cases: { type: 'string', default: '300' } } })
const began = performance.now()
await using model = await openPhantomModel()
const figures = await measure(model, Number(values.cases), (done) => {
  if (done % 100 === 0) console.error(`${done} phantoms`)
})
print(figures, (performance.now() - began) / 1000)
const met = figures.macroAuroc >= LEAST_MACRO_AUROC && figures.pointingAccuracy >= LEAST_POINTING
process.exitCode = met ? 0 : 1
