import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { Config } from '../config/schema.ts'
import { asFailure, Failure } from '../failure.ts'
import { openAnalyser } from '../roles/analyser.ts'
import { DECLINE_REASONS } from '../study/decline.ts'
import { writeAnalysis } from './analysis-files.ts'
import { configOf } from './config-option.ts'
import { withModel } from './model-option.ts'
import { type Answer, answer } from './output.ts'
import { findingsTable } from './study-text.ts'

type Options = { model?: string; out: string }
type Outcome = { text: string; json: Record<string, unknown>; failed: boolean }

async function analyse(config: Config, files: readonly string[], out: string): Promise<Answer> {
  await mkdir(out, { recursive: true }).catch((cause: unknown) => {
    throw new Failure('STORAGE_FAILED', `${out} cannot be made`, { cause })
  })
  await using analyser = await openAnalyser(config)
  const one = async (file: string): Promise<Outcome> => {
    const { declined, image } = await analyser.analyse(file)
    if (declined) {
      const reason = DECLINE_REASONS[declined]
      return { text: `${file}: declined, ${declined}: ${reason}`, json: { file, declined, reason }, failed: false }
    }
    const { findings, modelId, modelVersion, sopInstanceUid, durations, maps } = image
    const folder = join(out, sopInstanceUid)
    const written = await writeAnalysis(folder, image)
    const mapped = [...maps].map(([label, { rows, columns, empty }]) => ({ label, rows, columns, empty }))
    const facts = { file, sopInstanceUid, modelId, modelVersion, findings, maps: mapped, durations }
    await writeFile(join(folder, 'findings.json'), `${JSON.stringify(facts, null, 2)}\n`)
    const text = [`${file}: ${modelId} ${modelVersion}`, findingsTable(findings), ...written.map((name) => `  ${name}`)]
    return { text: text.join('\n'), json: { ...facts, folder, written }, failed: false }
  }
  const outcomes: Outcome[] = []
  for (const file of files) outcomes.push(await one(file).catch((error: unknown) => fault(file, error)))
  return {
    text: outcomes.map(({ text }) => text).join('\n\n'),
    json: outcomes.map(({ json }) => json),
    exitCode: outcomes.some(({ failed }) => failed) ? 1 : 0,
  }
}

/** One file that cannot be analysed is none of the others' fault. */
function fault(file: string, error: unknown): Outcome {
  const { code, message } = asFailure(error, 'INTERNAL')
  return { text: `${file}: ${code}: ${message}`, json: { file, error: { code, message } }, failed: true }
}

export function addAnalyse(program: Command): void {
  program
    .command('analyse')
    .description('the whole analysis of files, without database and network: findings, SR, SC, heat maps')
    .argument('<file...>', 'DICOM files (Part 10), each by itself')
    .requiredOption('--out <dir>', 'a folder for each image is made here, named by its SOP Instance UID')
    .option('--model <id>', 'an installed model (else the configured one)')
    .action((files: string[], { model, out }: Options, command: Command) =>
      answer(command, async () => analyse(withModel(configOf(command), model), files, out)),
    )
}
