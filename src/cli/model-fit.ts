import type { Command } from 'commander'
import type { Config } from '../config/schema.ts'
import { asFailure, Failure } from '../failure.ts'
import { openFitter } from '../roles/fitter.ts'
import { configOf } from './config-option.ts'
import { withModel } from './model-option.ts'
import { type Answer, answer, table } from './output.ts'

function parseQuantile(text: string): number {
  const quantile = Number(text)
  if (quantile > 0.5 && quantile <= 1) return quantile
  throw new Failure('USAGE', '--quantile is a number above 0.5, 1 at most')
}

/** Why images do not count, and how many. */
function countOf(reasons: ReadonlyMap<string, string>): [string, string][] {
  const counts = new Map<string, number>()
  for (const reason of reasons.values()) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts].map(([reason, count]) => [reason, String(count)])
}

async function fitTo(config: Config, files: readonly string[], quantile: number): Promise<Answer> {
  await using fitter = await openFitter(config)
  const leftOut = new Map<string, string>()
  for (const [at, file] of files.entries()) {
    const reason = await fitter.add(file).catch((error: unknown) => asFailure(error, 'INTERNAL').code)
    if (reason) leftOut.set(file, reason)
    if ((at + 1) % 100 === 0) process.stderr.write(`${at + 1} of ${files.length} files\n`)
  }
  const { limit, fitted, heldOut, variances } = await fitter.fit(quantile)
  const model = config.model.id
  const facts = { model, fitted, heldOut, components: variances.length, quantile, limit }
  const lines = [
    `${model}: fitted to ${fitted} images in ${variances.length} components`,
    `limit ${limit.toPrecision(4)}: ${quantile * 100} % of ${heldOut} images held out are below`,
    ...(leftOut.size > 0 ? [table(['left out because', 'files'], countOf(leftOut))] : []),
  ]
  return { text: lines.join('\n'), json: { ...facts, leftOut: Object.fromEntries(leftOut) } }
}

export function addModelFit(model: Command): void {
  model
    .command('fit-ood')
    .description('learn what the images look like that a model knows, so that others are told apart')
    .argument('<id>', 'an installed model with a feature output')
    .argument('<file...>', 'DICOM files of images it knows: a few hundred, of all kinds that it is to score')
    .option('--quantile <share>', 'the share of images held out that is to count as known', '0.99')
    .action((id: string, files: string[], { quantile }: { quantile: string }, command: Command) =>
      answer(command, async () => fitTo(withModel(configOf(command), id), files, parseQuantile(quantile))),
    )
}
